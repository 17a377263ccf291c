"""Checks of one data set of a configuration."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from mmengine.dataset import Compose

from kpgan_mm.datasets.frame_dataset import FrameDataset
from kpgan_mm.datasets.frame_pair_dataset import DrawDataset
from kpgan_mm.datasets.samplers import draw_index

from .canvas import canvas_of, extent_of
from .compare import foreground_extents
from .files import check_images, check_videos, spread
from .labels import check_coco_file, check_image_sizes, check_labels
from .priors import check_prior
from .report import Report
from .skeleton import check_flips, checked_metainfo
from .sources import (
    build_dataset,
    build_source,
    check_folders,
    data_set_type,
    frames_of,
    report_failure,
    with_sound_videos,
)

# Samples that go through the whole pipeline.
_NUM_SAMPLES = 8
# Masks that are measured.
_NUM_MASKS = 500


@dataclass
class CheckedSet:
    """What a data set holds, for comparisons with others.

    Attributes:
        name: E.g. 'train'.
        frames: Entries of a source, or samples of a data set.
        poses: (N, K, 2) complete labels on the canvas.
        extents: (N, 3) of labels, or else of the foreground.
        extents_of: 'labels' or 'foreground'.
        prior: The built prior, if the set has one.
        prior_file: Where that comes from.
    """

    name: str
    frames: list[dict] = field(default_factory=list)
    poses: np.ndarray = field(default_factory=lambda: np.empty((0, 0, 2)))
    extents: np.ndarray = field(default_factory=lambda: np.empty((0, 3)))
    extents_of: str = 'labels'
    prior: object = None
    prior_file: str = ''


def check_set(config: dict, name: str, full: bool, report: Report) -> CheckedSet:
    """Checks a data set: skeleton, prior, files, labels, and some samples through its pipeline.

    Args:
        config: Of the data set.
        name: What to call it.
        full: Decode everything.
        report: Gets the problems.
    """
    checked = CheckedSet(name)
    kind = data_set_type(config)
    if kind is None:
        report.add('config', f'there is no data set type {config.get("type")!r}', name)
        return checked
    metainfo = checked_metainfo(config.get('metainfo'), getattr(kind, 'METAINFO', None), name, report)
    if metainfo is None:
        return checked
    pipeline = config.get('pipeline') or []
    check_flips(pipeline, bool(metainfo['flip_pairs']), name, report)
    try:
        Compose(pipeline)
    except Exception as error:
        report.add('config', f'the pipeline cannot be built: {error}', name)
        config = dict(config, pipeline=[])
    config = with_sound_videos(config, name, full, report)
    dataset, failure = (None, None) if config is None else build_dataset(config, name, report)
    if issubclass(kind, DrawDataset):
        before = report.count('error') + report.count('config')
        frames, videos = _check_parts(config or {}, dataset, metainfo, checked, full, report)
        if failure is not None and report.count('error') + report.count('config') == before:
            report_failure(failure, name, report)  # of no part alone
    else:
        if failure is not None:
            report_failure(failure, name, report)
        frames = [] if dataset is None else _samples(dataset)
        videos = {}
        for frame in frames:
            if 'video_id' in frame:
                videos.setdefault(str(frame['video_id']), []).append(frame)
    report.looked_at['frames'] += len(frames)
    expected = metainfo['num_keypoints']
    counts = {np.shape(frame['keypoints'])[1] for frame in frames if 'keypoints' in frame}
    fits = counts == {expected} or checked.prior is not None and checked.prior.num_keypoints == expected
    for nested, where in _annotated(config or {}, name):
        # Frame sources tell of their entries themselves.
        if 'ann_file' in nested and data_set_type(nested) is not None:
            check_coco_file(nested, None if fits else expected, where, report)
    sizes = check_images(frames, name, full, report)
    check_videos(videos, sizes, name, full, report)
    canvas = canvas_of(pipeline)
    if not issubclass(kind, DrawDataset):
        if config and 'ann_file' in config:
            check_image_sizes(config, sizes, name, report)
        checked.poses = check_labels(frames, metainfo, sizes, canvas, name, report)
    checked.frames = [frame for frame in frames if 'img' in frame or frame.get('img_path') in sizes]
    if len(checked.poses):
        checked.extents = np.array([extent_of(pose) for pose in checked.poses])
    elif canvas is not None:
        some = [checked.frames[index] for index in spread(len(checked.frames), _NUM_MASKS)]
        checked.extents, checked.extents_of = foreground_extents(some, canvas), 'foreground'
    if dataset is not None and pipeline:
        _check_samples(dataset, name, report)
    return checked


def _samples(dataset) -> list[dict]:
    """All samples before the pipeline."""
    # FrameDataset reads pictures here where it needs their size; the set may be larger than the memory.
    read = super(FrameDataset, dataset).get_data_info if isinstance(dataset, FrameDataset) else dataset.get_data_info
    return [read(index) for index in range(len(dataset))]


def _check_parts(
    config: dict, dataset, metainfo: dict, checked: CheckedSet, full: bool, report: Report
) -> tuple[list[dict], dict]:
    """Checks prior and source of a training set: of the built one, or, where that failed, each by itself.

    Returns:
        tuple: Frames of the source, in all and by video.
    """
    name = checked.name
    if 'prior' in config:
        built = getattr(dataset, 'prior', None)
        checked.prior = check_prior(config['prior'], metainfo, name, report, built)
        checked.prior_file = str(config['prior'].get('file') or config['prior'].get('type'))
    if 'source' not in config:
        return [], {}
    source = dataset.source if dataset is not None else build_source(config['source'], name, report)
    if source is None:
        return [], {}
    if str(config['source'].get('type', '')).endswith('FrameFolders'):
        check_folders(config['source']['root'], name, report)
    return frames_of(source, tuple(config.get('frame_gap', (0, 0)))[0], name, full, report)


def _annotated(config: dict, name: str) -> Iterator[tuple[dict, str]]:
    """The data set, and those that its prior, its source or a wrapper takes samples from."""
    yield config, name
    for key in ('prior', 'source', 'dataset'):
        nested = config.get(key)
        if isinstance(nested, dict):
            yield from _annotated(nested, f'{name}.{key}')


def _check_samples(dataset, name: str, report: Report) -> None:
    """Runs samples through the pipeline, as training will."""
    drawn = isinstance(dataset, DrawDataset) and not dataset.test_mode
    indices: Sequence[int] = (
        [draw_index(0, number) for number in range(_NUM_SAMPLES)] if drawn else spread(len(dataset), _NUM_SAMPLES)
    )
    for index in indices:
        try:
            dataset[index]
        except Exception as error:
            # That a file is bad has been said.
            if not any(problem.file and problem.file in str(error) for problem in report.problems):
                what = error if isinstance(error, ValueError) else ValueError(f'{type(error).__name__}: {error}')
                report.add_error(what, name, 'pipeline')
