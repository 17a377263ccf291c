"""Data: frame pairs from video, pose priors, transforms, metainfo, and the generated puppets."""

from .deeplabcut_dataset import DeepLabCutDataset
from .foreground import foreground_masks
from .frame_dataset import FrameDataset
from .frame_pair_dataset import FramePairDataset
from .frame_sources import AnnotatedFrames, FrameFolders, FrameStrips, PuppetFrames
from .mocap_pose_prior import MocapPosePrior
from .pose_jitter import PoseJitter, fit_to_canvas
from .pose_prior_dataset import PosePriorDataset
from .pose_priors import DatasetPosePrior, NpzPosePrior, PosePrior, PuppetPosePrior
from .puppet_dataset import PuppetDataset
from .puppets import make_puppet_poses, make_puppet_videos
from .samplers import DrawSampler
from .transforms import LoadFramePair, MaskBackground, PackPairInputs
from .video_files import VideoFiles

__all__ = [
    'AnnotatedFrames',
    'DatasetPosePrior',
    'DeepLabCutDataset',
    'DrawSampler',
    'FrameDataset',
    'FrameFolders',
    'FramePairDataset',
    'FrameStrips',
    'LoadFramePair',
    'MaskBackground',
    'MocapPosePrior',
    'NpzPosePrior',
    'PackPairInputs',
    'PoseJitter',
    'PosePrior',
    'PosePriorDataset',
    'PuppetDataset',
    'PuppetFrames',
    'PuppetPosePrior',
    'VideoFiles',
    'fit_to_canvas',
    'foreground_masks',
    'make_puppet_poses',
    'make_puppet_videos',
]
