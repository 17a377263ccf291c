"""What a set of packed frames was made from, so that one that no longer fits is refused."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .image_files import IMAGE_SUFFIXES
from .video_files import VIDEO_SUFFIXES

# Keys of a source's configuration whose values name what it reads, and those that only say where things are kept.
_INPUT_KEYS = ('ann_file', 'box_root', 'boxes', 'file', 'files', 'root')
_PLACE_KEYS = ('cache_dir', 'data_root')
_NUM_SAMPLES = 64


def record_source(config: Mapping[str, Any], frames: Any, data_root: str = '') -> dict:
    """Describes a frame source and its files, so that the same on another disk or machine gives the same record.

    Args:
        config: Of the frame source.
        frames: Its ``frames``; of a list some are looked at.
        data_root: Of the whole configuration. Paths below it are recorded relative to it.

    Returns:
        dict: ``settings``; ``inputs``, a checksum of every file or folder that ``config`` names; ``samples``, the size
        in bytes of some of the pictures and masks. All of it can be written as JSON.
    """
    samples = {}
    if isinstance(frames, list):
        for index in sorted({round(step * (len(frames) - 1) / (_NUM_SAMPLES - 1)) for step in range(_NUM_SAMPLES)}):
            for key in ('img_path', 'mask_path'):
                path = frames[index].get(key)
                name = path and _relative(path, data_root)
                # Others are decoded frames of videos, which can be made anew.
                if path and name != path and os.path.isfile(path):
                    samples[name] = os.path.getsize(path)
    inputs = {_relative(path, data_root): _checksum(path, extra) for path, extra in _inputs(config)}
    return dict(settings=_settings(config, data_root), inputs=inputs, samples=samples)


def compare_source(record: Mapping[str, Any], config: Mapping[str, Any], data_root: str = '') -> list[str]:
    """Looks whether a frame source is still what :func:`record_source` described.

    Files that are not there cannot be compared: packed frames serve where the originals do not exist.

    Returns:
        list[str]: What is not there.

    Raises:
        ValueError: If settings or files differ; the message says which.
    """
    settings = _settings(config, data_root)
    for key in sorted({*settings, *record['settings']}):
        old, new = record['settings'].get(key), settings.get(key)
        if old != new:
            raise ValueError(f'they were packed with source.{key}={old!r}, and the configuration says {new!r}')
    missing = []
    for path, extra in _inputs(config):
        name = _relative(path, data_root)
        if not os.path.exists(path):
            missing.append(path)
        elif _checksum(path, extra) != record['inputs'].get(name):
            raise ValueError(f'{path} has changed since they were packed')
    for name, size in record['samples'].items():
        path = os.path.join(data_root, name)
        if os.path.isfile(path) and os.path.getsize(path) != size:
            raise ValueError(f'{path} has changed since they were packed')
    return missing


def _settings(config: Any, data_root: str) -> Any:
    """The configuration as JSON gives it back, without places."""
    if isinstance(config, Mapping):
        return {str(key): _settings(value, data_root) for key, value in config.items() if key not in _PLACE_KEYS}
    if isinstance(config, (list, tuple)):
        return [_settings(value, data_root) for value in config]
    if isinstance(config, str):
        return _relative(config, data_root)
    return config if config is None or isinstance(config, (bool, int, float)) else str(config)


def _inputs(config: Mapping[str, Any], folder: str = '') -> Iterator[tuple[str, tuple[str, ...]]]:
    """Paths that a configuration names, each with the suffixes that count there besides those of images and videos."""
    folder = config.get('data_root') or folder
    for key, value in config.items():
        if isinstance(value, Mapping):
            yield from _inputs(value, folder)
        elif key in _INPUT_KEYS and value:
            extra = ('.txt',) if key == 'box_root' else tuple(config.get('suffixes') or ())
            for path in [value] if isinstance(value, (str, Path)) else value:
                yield os.path.join(folder, path) if key == 'ann_file' else str(path), extra


def _relative(path: str, data_root: str) -> str:
    """A path below ``data_root`` relative to it; others as they are."""
    root = data_root.rstrip('/')
    if root and path.rstrip('/') == root:
        return '.'
    return path[len(root) + 1 :] if root and path.startswith(root + '/') else path


def _checksum(path: str, extra: tuple[str, ...]) -> str | None:
    """Of a folder: names and sizes of its pictures and videos; of a video or picture: its size; else the content."""
    if not os.path.exists(path):
        return None
    suffixes = (*IMAGE_SUFFIXES, *VIDEO_SUFFIXES, *extra)
    digest = hashlib.blake2b(digest_size=16)
    if os.path.isdir(path):
        listed = (
            (os.path.relpath(os.path.join(folder, name), path), os.path.getsize(os.path.join(folder, name)))
            for folder, _, names in os.walk(path)
            for name in names
            if name.lower().endswith(suffixes)
        )
        for name, size in sorted(listed):
            digest.update(f'{name}\0{size}\n'.encode(errors='surrogateescape'))
    elif path.lower().endswith(suffixes):
        digest.update(str(os.path.getsize(path)).encode())
    else:
        with open(path, 'rb') as handle:
            while block := handle.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
