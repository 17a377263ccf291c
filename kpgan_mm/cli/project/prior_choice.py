"""Which prior a project gets: settings for its data.py, checked against the skeleton before anything is written."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kpgan_mm.datasets.pose_files import FilePosePrior, read_pose_file, select_keypoints
from kpgan_mm.datasets.pose_files.reading import open_archive, reading
from kpgan_mm.utils.config import ConfigError

from .skeletons import SkeletonFile

# Larger files stay where they are.
_MOST_COPIED = 50 * 2**20
# Fewer poses are learned by heart unless they are jittered.
FEW_POSES = 200


@dataclass
class PriorChoice:
    """A prior that fits the skeleton.

    Attributes:
        file (Path | None): where the poses are; None if they are yet to be placed by hand.
        is_mocap (bool): whether they are 3D joints, of which random views are taken.
        pixels (np.ndarray | None): (N, K, 2), the complete poses in pixels of the videos; None where they have none.
        fitted (bool): whether every pose is fitted to the crop, as it comes from other pictures.
        options (dict[str, object]): further arguments of the prior.
        notes (list[str]): what there is to say about it.
    """

    file: Path | None = None
    is_mocap: bool = False
    pixels: np.ndarray | None = None
    fitted: bool = False
    options: dict = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def choose_prior(
    file: Path | None,
    skeleton: SkeletonFile,
    fit: bool,
    rename: dict[str, str],
    min_confidence: float,
    split: str | None,
) -> PriorChoice:
    """Reads the poses and looks whether they have the skeleton's keypoints.

    Raises:
        ConfigError: If not, or the file cannot be read.
    """
    if file is None:
        return PriorChoice(
            fitted=fit, notes=['no prior yet: place joints on some 30 to 50 frames by hand in the studio']
        )
    names = skeleton.keypoint_names
    try:
        joints = _joints_3d(file)
        if joints is not None:
            count = _complete_joints(joints, file, names)
            note = f'{count} poses in 3D; every draw is a view from a random side'
            if count < len(joints):
                note += f'; {len(joints) - count} that lack a number are left out'
            return PriorChoice(file.resolve(), is_mocap=True, fitted=True, notes=[note])
        table = read_pose_file(file, min_confidence)
        poses, unused = select_keypoints(table, names, str(file), rename)
    except (FileNotFoundError, ModuleNotFoundError, ValueError) as error:
        raise ConfigError(f'{error}.') from None
    whole = poses[np.isfinite(poses).all(axis=(1, 2))]
    complete = len(whole)
    if complete < 2:
        raise ConfigError(f'{file} has {complete} poses with all {len(names)} keypoints, and a prior needs at least 2.')
    notes = [f'{table.layout}: {len(poses)} poses, {complete} complete, {len(poses) - complete} left out']
    if table.names is None:
        notes.append(f'it names no keypoints; taken in the order {", ".join(names)}')
    if unused:
        notes.append(f'not in the skeleton, left out: {", ".join(unused)}')
    options = {}
    if split:
        options['split'] = split
        notes.append('every other complete pose is the prior, the others are the test')
    if rename:
        options['rename'] = rename
    if min_confidence != 0.6:
        options['min_confidence'] = min_confidence
    used = whole[::2] if split else whole  # poses that judge do not choose the crop
    in_pixels = not (table.normalized or fit)
    return PriorChoice(file.resolve(), False, used if in_pixels else None, fit, options, notes)


def _joints_3d(file: Path) -> np.ndarray | None:
    """Motion capture of an archive, if it holds any."""
    if file.suffix != '.npz' or not file.is_file():
        return None
    with reading(file, 'an archive of NumPy'), open_archive(file) as archive:
        return archive['joints_3d'].astype(np.float32) if 'joints_3d' in archive else None


def _complete_joints(joints: np.ndarray, file: Path, names: list[str]) -> int:
    """Number of the bodies of which every joint is known."""
    if joints.ndim != 3 or joints.shape[1:] != (len(names), 3):
        raise ConfigError(
            f'"joints_3d" of {file} has shape {joints.shape}, and the skeleton needs (N, {len(names)}, 3).'
        )
    complete = int(np.isfinite(joints).all(axis=(1, 2)).sum())
    if complete < 2:
        raise ConfigError(f'"joints_3d" of {file} has {complete} poses without NaN, and a prior needs at least 2.')
    return complete


def prior_settings(
    choice: PriorChoice, folder: Path, flip: tuple[str, list[int]] | None, num_poses: int | None
) -> dict[str, str]:
    """Arguments of the prior for data.py, as source text; the file is copied into the project unless it is large."""
    file = "'{{ fileDirname }}/prior.npz'"
    if choice.file is not None:
        if choice.file.stat().st_size <= _MOST_COPIED:
            shutil.copyfile(choice.file, folder / f'prior{choice.file.suffix}')
            file = f"'{{{{ fileDirname }}}}/prior{choice.file.suffix}'"
        else:
            file = repr(str(choice.file))
    kind = 'MocapPosePrior' if choice.is_mocap else 'FilePosePrior'
    settings = dict(type=f"'kpgan_mm.{kind}'", file=file)
    if choice.is_mocap:
        settings['azimuth'] = '(-180, 180)'
    else:
        settings['metainfo'] = 'metainfo'
        if not choice.fitted:
            settings['crop'] = 'crop'
    settings['input_size'] = 'input_size'
    if choice.fitted:
        settings['fit_padding'] = '0.1'
    settings |= {key: repr(value) for key, value in choice.options.items()}
    jitter = []
    if not choice.is_mocap and (num_poses is None or num_poses < FEW_POSES):
        jitter = ['zoom=(0.95, 1.0)', 'shift=0.05']
    if flip is not None:
        jitter = jitter or ['zoom=None', 'shift=False']
        jitter.append(f'mirror=dict(direction={flip[0]!r}, flip_indices={flip[1]})')
    if jitter:
        settings['jitter'] = f"dict(type='kpgan_mm.PoseJitter', {', '.join(jitter)})"
    return settings


def count_poses(choice: PriorChoice, skeleton: SkeletonFile, crop, input_size: tuple[int, int]) -> tuple[int, int]:
    """Number of poses that the prior will have, and of those that lie outside the crop.

    Raises:
        ConfigError: If none is left.
    """
    if choice.is_mocap:
        return _complete_joints(_joints_3d(choice.file), choice.file, skeleton.keypoint_names), 0
    fit = dict(fit_padding=0.1) if choice.fitted else dict(crop=crop)
    try:
        prior = FilePosePrior(str(choice.file), skeleton.metainfo, input_size=input_size, **fit, **choice.options)
    except ValueError as error:
        raise ConfigError(f'{error}.') from None
    return len(prior), prior.counts['outside']
