"""Data: frame pairs from video, pose priors, transforms, metainfo, and the generated puppets."""

from .batch_transport import compact_collate
from .boxed_video_files import BoxedVideoFiles
from .celeba_wild_dataset import CelebAWildDataset
from .dataset_frames import DatasetFrames
from .deeplabcut_dataset import DeepLabCutDataset
from .folder_or_video import FolderOrVideo
from .foreground import foreground_masks
from .frame_dataset import FrameDataset
from .frame_draw_dataset import FrameDrawDataset
from .frame_pair_dataset import FramePairDataset
from .frame_sources import AnnotatedFrames, FrameFolders, FrameStrips, PuppetFrames
from .mocap_pose_prior import MocapPosePrior
from .mpi_inf_3dhp_pose_prior import MpiInf3dhpPosePrior
from .packed_config import use_packed_frames
from .packed_frames import PackedFrames
from .pose_files import FilePosePrior
from .pose_jitter import PoseJitter, fit_to_canvas
from .pose_prior_dataset import PosePriorDataset
from .pose_priors import DatasetPosePrior, NpzPosePrior, PosePrior, PuppetPosePrior
from .pts_files import read_pts
from .pts_pose_prior import PtsPosePrior
from .puppet_dataset import PuppetDataset
from .puppets import make_puppet_poses, make_puppet_videos
from .samplers import DrawSampler
from .stretch_to_input import StretchToInput
from .thin_plate_spline_pair import RandomThinPlateSplinePair
from .transforms import LoadFramePair, LoadPacked, MaskBackground, PackPairInputs
from .unposed_pair_dataset import UnposedPairDataset
from .video_clips import VideoClips
from .video_files import VideoFiles

__all__ = [
    'AnnotatedFrames',
    'BoxedVideoFiles',
    'CelebAWildDataset',
    'DatasetFrames',
    'DatasetPosePrior',
    'DeepLabCutDataset',
    'DrawSampler',
    'FilePosePrior',
    'FolderOrVideo',
    'FrameDataset',
    'FrameDrawDataset',
    'FrameFolders',
    'FramePairDataset',
    'FrameStrips',
    'LoadFramePair',
    'LoadPacked',
    'MaskBackground',
    'MocapPosePrior',
    'MpiInf3dhpPosePrior',
    'NpzPosePrior',
    'PackPairInputs',
    'PackedFrames',
    'PoseJitter',
    'PosePrior',
    'PosePriorDataset',
    'PtsPosePrior',
    'PuppetDataset',
    'PuppetFrames',
    'PuppetPosePrior',
    'RandomThinPlateSplinePair',
    'StretchToInput',
    'UnposedPairDataset',
    'VideoClips',
    'VideoFiles',
    'compact_collate',
    'fit_to_canvas',
    'foreground_masks',
    'make_puppet_poses',
    'make_puppet_videos',
    'read_pts',
    'use_packed_frames',
]
