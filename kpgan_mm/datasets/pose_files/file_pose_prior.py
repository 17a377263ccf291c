"""A pose prior right from the file of a labelling or tracking program."""

from collections.abc import Mapping, Sequence

import numpy as np

from kpgan_mm.registry import TASK_UTILS
from kpgan_mm.utils.metainfo import load_metainfo

from ..pose_priors import PosePrior, crop_poses
from .pose_table import select_keypoints
from .reading import read_pose_file

# Poses that reach farther beyond the crop, in half canvases, lie in another part of the picture.
_FARTHEST = 1.25


@TASK_UTILS.register_module()
class FilePosePrior(PosePrior):
    """Poses of DeepLabCut, Lightning Pose, SLEAP, COCO or NumPy files, put where the data sets put the figures.

    Args:
        file: See :func:`~.reading.read_pose_file`.
        metainfo: Of the keypoints; their names choose among those of the file.
        crop: (x, y, width, height) in pixels of the pictures that the poses refer to; poses outside are left out. None
            needs ``fit_padding``, or a file of normalised keypoints.
        input_size: (width, height) of ``TopdownAffine`` in the pipeline of the images.
        split: None takes all; 'prior' and 'test' are every other complete pose, the same ones as those of
            :class:`~..deeplabcut_dataset.DeepLabCutDataset`.
        rename: Name of the skeleton -> name in the file, where they differ.
        min_confidence: Predicted points with less are missing.
        kwargs: ``fit_padding``, ``num_poses``, ``seed`` and ``jitter`` of :class:`~..pose_priors.PosePrior`.

    Attributes:
        counts (dict[str, int]): ``read``, then left out as ``incomplete`` or ``outside`` the crop.
        unused (list[str]): keypoints of the file that the skeleton does not have.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it cannot be read, a keypoint is missing, or no complete pose lies in the crop.
    """

    def __init__(
        self,
        file: str,
        metainfo: dict,
        crop: Sequence[float] | None = None,
        input_size: tuple[int, int] = (64, 64),
        split: str | None = None,
        rename: Mapping[str, str] | None = None,
        min_confidence: float = 0.6,
        **kwargs,
    ) -> None:
        if split not in (None, 'prior', 'test'):
            raise ValueError(f"split is None, 'prior' or 'test', got {split!r}")
        infos = sorted(load_metainfo(metainfo)['keypoint_info'].values(), key=lambda info: info['id'])
        table = read_pose_file(file, min_confidence)
        poses, self.unused = select_keypoints(table, [info['name'] for info in infos], str(file), rename)
        complete = np.isfinite(poses).all(axis=(1, 2))
        self.counts = dict(read=len(poses), incomplete=int((~complete).sum()), outside=0)
        poses = poses[complete]
        if not len(poses):
            raise ValueError(f'{file}: none of its {self.counts["read"]} poses has all {len(infos)} keypoints')
        if split is not None:
            poses = poses[0 if split == 'prior' else 1 :: 2]
        fitted = kwargs.get('fit_padding') is not None
        if crop is not None and not table.normalized and not fitted:
            x, y, width, height = crop
            box = np.array([[x, y, x + width, y + height]], dtype=np.float32)
            poses = crop_poses(poses, np.repeat(box, len(poses), axis=0), 1.0, tuple(input_size))
            inside = np.abs(poses).max(axis=(1, 2)) <= _FARTHEST
            self.counts['outside'] = int((~inside).sum())
            if not inside.any():
                raise ValueError(
                    f'{file}: none of its complete poses lies in the crop {tuple(crop)} (x, y, width, height): if they '
                    'belong to other pictures, fit them to the crop with fit_padding (--fit-prior)'
                )
            poses = poses[inside]
        elif not table.normalized and not fitted:
            raise ValueError(f'{file} holds pixels: give the crop that they lie in, or fit_padding (--fit-prior)')
        super().__init__(poses, input_size=tuple(input_size), **kwargs)
