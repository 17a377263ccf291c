"""Writes a project: config.py, data.py, regressor.py, skeleton.py, the prior, and what to do next."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kpgan_mm.datasets.boxed_video_files import BoxTable
from kpgan_mm.utils.config import ConfigError

from ..output import command_line
from .base_files import configs_folder, copy_base_files
from .crop import (
    Crop,
    checked_crop,
    choose_input_size,
    crop_around_motion,
    crop_around_poses,
    draw_crop,
    find_motion,
    is_dark,
)
from .frames import Frames, choose_frames
from .labels import check_labels, compare_poses, write_labels
from .prior_choice import FEW_POSES, PriorChoice, choose_prior, count_poses, prior_settings
from .skeletons import SkeletonFile, find_skeleton
from .templates import CONFIG, DATA, LABELLED, REGRESSOR, UNLABELLED
from .videos import Survey, survey_videos

# Of the regressor's drawings. Noise on every joint keeps it from learning few poses by heart.
_JITTER_OF_FEW = 'zoom=(0.9, 1.0), aspect=(0.9, 1.1), shift=0.1, noise=0.12'
_JITTER_OF_MANY = 'zoom=(0.85, 1.1), shift=0.1'
# More pixels along a side neither fit into the memory of most machines nor help to find joints.
_LARGEST_INPUT = 512


@dataclass
class Wishes:
    """What the user asks for, as `kpgan init` has it."""

    folder: Path
    videos: Path
    skeleton: str
    prior: Path | None = None
    labels: Path | None = None
    boxes: Path | None = None
    crop: tuple[int, int, int, int] | None = None
    image_size: tuple[int, int] | None = None
    fit_prior: bool = False
    mirror: str | None = None
    rename: dict[str, str] = field(default_factory=dict)
    min_confidence: float = 0.6
    iterations: int = 2000


@dataclass
class Project:
    """What was written, and what was found.

    Attributes:
        folder (Path): of the project.
        survey (Survey): of the videos.
        skeleton (SkeletonFile): of the figure.
        crop (Crop | None): None with boxes.
        input_size (tuple[int, int]): (width, height) of the network's input.
        frames (Frames): which of the videos are used, and the room that they take.
        num_poses (int | None): of the prior; None before there is one.
        notes (list[str]): about the prior and the labels.
        files (list[str]): that were written, relative to the folder.
    """

    folder: Path
    survey: Survey
    skeleton: SkeletonFile
    crop: Crop | None
    input_size: tuple[int, int]
    frames: Frames
    num_poses: int | None
    notes: list[str]
    files: list[str]


def create_project(wishes: Wishes) -> Project:
    """Checks everything first and writes then, so that a refused project leaves nothing behind.

    Raises:
        ConfigError: With one sentence for whatever cannot work.
    """
    folder = wishes.folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f'{folder} is there already: choose another name, or edit its config.py and data.py.')
    _check_name(folder)
    configs_folder()
    skeleton = find_skeleton(wishes.skeleton)
    survey = survey_videos(wishes.videos)
    if not survey.usable:
        raise ConfigError(f'None of the {len(survey.videos)} videos can be used: {survey.videos[0].problem}.')
    if wishes.boxes and (wishes.crop or wishes.labels):
        raise ConfigError('--boxes goes with neither --crop nor --labels: labelled frames would need boxes as well.')
    halves, num_shared = compare_poses(wishes.prior, wishes.labels, skeleton.keypoint_names, wishes.rename)
    prior = choose_prior(
        wishes.prior,
        skeleton,
        wishes.fit_prior or wishes.boxes is not None,
        wishes.rename,
        wishes.min_confidence,
        'prior' if halves else None,
    )
    labels = wishes.labels and check_labels(wishes.labels, skeleton.keypoint_names, wishes.rename)
    if wishes.boxes:
        crop, motion, gray = None, None, 127.5
        boxed, width, height = _boxes_of(wishes.boxes, survey)
    else:
        crop, motion = _choose_crop(wishes, survey, prior)
        boxed = []
        gray = 40.0 if is_dark(motion, crop) else 127.5
        width, height = crop.box[2:]
    input_size = wishes.image_size or choose_input_size(width, height)
    _check_input_size(input_size)
    frames = choose_frames(survey, crop and crop.box, boxed)
    num_poses, notes = None, list(prior.notes)
    if prior.file is not None:
        num_poses, outside = count_poses(prior, skeleton, crop and crop.box, input_size)
        if num_poses < 2:
            raise ConfigError(f'{wishes.prior}: {num_poses} of its poses can be used, and a prior needs at least 2.')
        if outside:
            notes.append(f'{outside} poses outside the crop are left out')
    if labels:
        notes.append(f'labels of {wishes.labels} judge; they are never trained on')
        if num_shared:
            notes.append(f'{num_shared} of the labelled poses are in the prior as well, so the error is flattered')

    folder.mkdir(parents=True, exist_ok=True)
    copy_base_files(folder)
    (folder / 'skeleton.py').write_text(skeleton.text)
    if labels:
        write_labels(wishes.labels, folder / 'labels.csv', skeleton.keypoint_names, labels[1])
    if motion is not None:
        draw_crop(folder / 'crop.jpg', motion, crop, prior.pixels)
    flip = (wishes.mirror, skeleton.flip_indices) if wishes.mirror else None
    settings = prior_settings(prior, folder, flip, num_poses)
    (folder / 'data.py').write_text(_data_text(wishes, survey, crop, input_size, frames, settings, labels, halves))
    few = num_poses is None or num_poses < FEW_POSES
    (folder / 'regressor.py').write_text(
        REGRESSOR.format(
            iterations=max(2, min(wishes.iterations, 1000 if few else 2500)),
            jitter=_JITTER_OF_FEW if few else _JITTER_OF_MANY,
            held_out=max(1, min(500, (num_poses or 30) // 5)),
        )
    )
    (folder / 'config.py').write_text(
        CONFIG.format(
            command=command_line('kpgan', 'train', folder),
            iterations=wishes.iterations,
            gray=gray,
            reconstruct=not labels,
        )
    )
    project = Project(folder, survey, skeleton, crop, input_size, frames, num_poses, notes, [])
    (folder / 'README.md').write_text(_readme(project, prior))
    project.files = sorted(str(path.relative_to(folder)) for path in folder.rglob('*') if path.is_file())
    return project


def next_steps(project: Project) -> list[tuple[str, str]]:
    """Commands and what they are for, in order."""
    folder, example = project.folder, project.survey.usable[0].path
    steps = [
        (command_line('kpgan', 'check', folder), 'look for mistakes in videos, prior and labels'),
        (command_line('kpgan', 'train', folder), 'train the regressor, then the rest'),
        (command_line('kpgan', 'test', folder), 'error on labels, or quality of the reconstruction'),
        (command_line('kpgan', 'predict', example, folder), 'keypoints and overlay of a video'),
    ]
    if project.num_poses is None:
        command = command_line('kpgan', 'studio', example.parent, '--skeleton', folder / 'skeleton.py')
        steps.insert(0, (command, f'place joints by hand, save them as prior.npz, and move that file to {folder}'))
    return steps


def _choose_crop(wishes: Wishes, survey: Survey, prior: PriorChoice):
    if len(survey.sizes) > 1:
        sizes = ', '.join(f'{width} x {height}' for width, height in survey.sizes)
        raise ConfigError(
            f'The videos have different sizes ({sizes}), so one crop does not fit all: make a project for each size, '
            'or give --boxes with the box of the figure in every frame.'
        )
    motion = find_motion(survey)
    if wishes.crop is not None:
        return checked_crop(wishes.crop, survey.sizes[0]), motion
    if prior.pixels is not None:
        width, height = survey.sizes[0]
        complete = prior.pixels
        inside = ((complete >= 0) & (complete < [width, height])).all(axis=(1, 2))
        if inside.mean() < 0.9:
            raise ConfigError(
                f'{wishes.prior}: {int((~inside).sum())} of its {len(complete)} complete poses leave the videos of '
                f'{width} x {height} pixels, so they belong to other pictures: add --fit-prior, which fits each pose '
                'to the crop.'
            )
        return crop_around_poses(complete[inside], (width, height)), motion
    return crop_around_motion(motion), motion


def _data_text(wishes, survey, crop, input_size, frames, settings, labels, halves) -> str:
    usable = [str(video.path) for video in survey.usable]
    videos = repr(str(wishes.videos.resolve())) if len(usable) == len(survey.videos) else _list(usable)
    source = "type='kpgan_mm.VideoFiles', files=videos, cache_dir=cache_dir, stride=stride, crop=crop"
    place = ''
    if crop is None:
        boxes = str(wishes.boxes.resolve())
        place = f'# Box of the figure in every frame: video, frame, x, y, width, height.\nboxes = {boxes!r}'
        source = "type='kpgan_mm.BoxedVideoFiles', files=videos, cache_dir=cache_dir, stride=stride, boxes=boxes"
    else:
        place = f'# (x, y, width, height) in pixels, chosen {crop.reason}; see crop.jpg.\ncrop = {crop.box}'
    flip = ''
    if wishes.mirror:
        flip = f"            dict(type='RandomFlip', prob=0.5, direction={wishes.mirror!r}),\n"
    if labels:
        evaluation = LABELLED.format(
            images=str(labels[0]),
            split='test' if halves else None,
            visible_only='' if halves else ', visible_only=True',
        )
    else:
        evaluation = UNLABELLED.format(stride=max(1, frames.count // 200))
    return DATA.format(
        videos=videos,
        place=place,
        input_size=input_size,
        stride=frames.stride,
        frame_gap=frames.gap,
        prior='\n'.join(f'    {key}={value},' for key, value in settings.items()),
        source=source,
        flip=flip,
        evaluation=evaluation,
    )


def _list(items: list[str]) -> str:
    return '[\n' + ''.join(f'    {item!r},\n' for item in items) + ']'


def _readme(project: Project, prior: PriorChoice) -> str:
    lines = [f'# {project.folder.name}', '']
    lines.append(
        f'{len(project.survey.usable)} videos, skeleton {project.skeleton.name}: '
        + ', '.join(project.skeleton.keypoint_names)
        + '.'
    )
    if project.crop is not None:
        lines += ['', f'Crop {project.crop.box} (x, y, width, height), chosen {project.crop.reason}; see crop.jpg.']
    lines += [
        '',
        *(f'- {note}' for note in [*project.notes, project.frames.note]),
        '',
        'Next, from the folder where the project was made:',
        '',
    ]
    lines += ['```', *(f'{command}    # {purpose}' for command, purpose in next_steps(project)), '```', '']
    lines += [
        'To change something: videos, crop, pairs and prior in `data.py`, networks and schedule in `config.py`, the',
        "regressor's pre-training in `regressor.py`, names and links in `skeleton.py`. `kpgan check` says whether",
        'everything fits together.',
        '',
    ]
    return '\n'.join(lines)


def _boxes_of(file: Path, survey: Survey) -> tuple[list[int], float, float]:
    """Numbers of the frames of the videos that have a box, and the median width and height of these in pixels."""
    try:
        table = BoxTable(file)
        named = table.find(video.path for video in survey.usable)
        videos = [video for video in survey.usable if video.path in named]
        for video in videos:
            table.check_inside(video.path, video.size[::-1])
    except (FileNotFoundError, ValueError) as error:
        raise ConfigError(f'{error}.') from None
    if not table.boxes:
        raise ConfigError(f'{file} holds no box.')
    if not videos:
        ours = ', '.join(str(Path(*video.path.parts[-2:])) for video in survey.usable[:5])
        raise ConfigError(
            f'{file} has a box for no frame of the videos: it names {table.videos()}, and they are {ours}.'
        )
    found = [(frame, box) for video in videos for frame, box in table.of_video(video.path) if frame < video.frames]
    if not found:
        numbers = [frame for frame, _ in table.of_video(videos[0].path)]
        raise ConfigError(
            f'{file} has a box for no frame of the videos: {videos[0].path.name} has {videos[0].frames} frames, from 0 '
            f'on, and the table names {min(numbers)} to {max(numbers)} of it.'
        )
    boxes = np.array([box for _, box in found])
    width, height = np.median(boxes[:, 2:] - boxes[:, :2], axis=0)
    return [frame for frame, _ in found], float(width), float(height)


def _check_input_size(size: tuple[int, int]) -> None:
    if min(size) < 48 or max(size) > _LARGEST_INPUT or size[0] % 8 or size[1] % 8:
        raise ConfigError(
            f'The image size {size[0]} {size[1]} (width, height) should be multiples of 8 from 48 to {_LARGEST_INPUT}.'
        )


def _check_name(folder: Path) -> None:
    """The configurations hold the project's path between quotes."""
    path = str(folder.resolve())
    bad = sorted({letter for letter in path if letter in '\'"\\' or not letter.isprintable()})
    if bad:
        raise ConfigError(
            f'The folder {path!r} has {" ".join(map(repr, bad))} in its path, which configurations cannot hold: choose '
            'a folder without quotes, backslashes and control characters.'
        )
