"""Checks of frame sources."""

from mmengine.registry import DATASETS as ROOT_DATASETS

from kpgan_mm.datasets.image_files import existing_folder
from kpgan_mm.registry import TASK_UTILS

from .files import sound_videos, spread
from .report import Report

# Of sources that decode a frame when it is asked for, the frames that are asked for.
_NUM_ASKED = 64


def with_sound_videos(config: dict, name: str, full: bool, report: Report) -> dict | None:
    """A data set's configuration with those video files only that can be opened; None if there is none."""
    source = config.get('source')
    if not isinstance(source, dict) or 'files' not in source:
        return config
    files = sound_videos(source['files'], name, full, report)
    if not files:
        report.add('no-frames', f'none of the videos {source["files"]} can be used', name)
        return None
    return dict(config, source=dict(source, files=files))


def build_source(config: dict, name: str, report: Report):
    """The source of a configuration without what is bad; None if that is not possible."""
    try:
        with report.collecting(name):
            source = TASK_UTILS.build(dict(config))
            source.check_files()
            return source
    except Exception as error:  # whatever a file of another form makes of it
        report.add_error(error, name, 'config' if isinstance(error, (TypeError, KeyError)) else 'no-frames')
        return None


def frames_of(source, least_gap: int, name: str, full: bool, report: Report) -> tuple[list[dict], dict]:
    """Frames of a source, in all and by video, in order.

    Args:
        source: The source.
        least_gap: Of ``frame_gap``: shorter videos are not used.
        name: The data set, for the report.
        full: Ask for every frame of a source that decodes when it is asked.
        report: Gets the problems.
    """
    if isinstance(source.frames, list):
        frames = source.frames
        videos = [[frames[index] for index in video] for video in source.videos()]
        for video in videos:
            if len(video) <= least_gap:
                what = f'{len(video)} frames, too few for the least frame_gap {least_gap}'
                report.add('short-for-gap', what, name, video[0].get('img_path', ''), f'video {video[0]["video_id"]}')
        return frames, {str(video[0]['video_id']): video for video in videos}
    frames, asked = [], spread(len(source), len(source) if full else _NUM_ASKED)
    for index, number in enumerate(asked):
        report.progress(f'{name}: frames', index + 1, len(asked))
        try:
            frames.append(source.frame(number))
        except (ValueError, OSError) as error:
            report.add_error(error, name, 'unreadable-video')
    report.looked_at['frames decoded'] += len(asked)
    return frames, {}


def check_folders(root: str, name: str, report: Report) -> None:
    """Folders without files: videos that were not extracted."""
    for folder in existing_folder(root, 'frame').rglob('*'):
        if folder.is_dir() and not any(folder.iterdir()):
            report.add('empty-video', f'folder {folder} is empty', name, folder)


def data_set_type(config: dict) -> type | None:
    """The class of a data set's configuration; None if there is none of that name."""
    kind = config.get('type')
    if not isinstance(kind, str):
        return kind
    with ROOT_DATASETS.switch_scope_and_registry(None) as registry:
        return registry.get(kind)


def build_dataset(config: dict, name: str, report: Report) -> tuple:
    """The data set of a configuration without what is bad, and None; or None, and why that is not possible."""
    try:
        with report.collecting(name):
            dataset = ROOT_DATASETS.build(dict(config))
            len(dataset)
            return dataset, None
    except Exception as error:  # whatever a file of another form makes of it
        return None, error


def report_failure(error: Exception, name: str, report: Report) -> None:
    """Adds why a data set cannot be built."""
    if isinstance(error, (TypeError, KeyError, ImportError)):
        report.add_error(error, name, 'config')
    else:
        known = isinstance(error, (ValueError, FileNotFoundError))
        report.add_error(error if known else ValueError(f'{type(error).__name__}: {error}'), name, 'no-frames')
