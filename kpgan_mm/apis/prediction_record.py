"""What a folder of predictions says of itself: what was predicted into it, and which files that wrote."""

import json
from pathlib import Path

RECORD = 'predictions.json'
# The record stands first in its file, which may be large.
_START, _MOST = '{"info": ', 2**24


def source_of(out_dir: str | Path) -> str | None:
    """What was predicted into a folder, as :func:`source_name` calls it; None if the folder does not say."""
    return _info_of(out_dir).get('source') or None


def source_name(source: str | Path) -> str:
    """What to call a source in its results: the whole path of a file or folder, or the camera."""
    return str(Path(source).resolve()) if Path(source).exists() else str(source)


def written_files(out_dir: str | Path) -> list[Path]:
    """The files that the last prediction into a folder wrote; none if there was none."""
    names = _info_of(out_dir).get('files', [])
    return [Path(out_dir, name) for name in names if isinstance(name, str) and '..' not in Path(name).parts]


def _info_of(out_dir: str | Path) -> dict:
    try:
        with Path(out_dir, RECORD).open() as file:
            if file.read(len(_START)) != _START:
                return {}
            info = json.JSONDecoder().raw_decode(file.read(_MOST))[0]
    except (OSError, ValueError):
        return {}
    return info if isinstance(info, dict) else {}
