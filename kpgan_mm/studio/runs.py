"""Contact sheets and curves of the trainings in a project."""

import json
import math
import re
from pathlib import Path

from kpgan_mm.datasets.image_files import natural_key

from .errors import StudioError
from .project import Project

_MAX_RUNS = 500
# Points of a curve that are sent; more cannot be seen.
_MAX_POINTS = 1000
# Not quantities that are learned.
_LEFT_OUT = ('iter', 'step', 'epoch', 'time', 'data_time', 'memory')


def find_runs(project: Project) -> list[dict]:
    """Folders with contact sheets or logs, as ``path`` and ``sheets``, their number."""
    runs = []
    for folder, folders, _ in project.walk():
        logged = any((folder / name / 'vis_data' / 'scalars.json').is_file() for name in folders)
        if 'contact_sheets' in folders or logged:
            runs.append(dict(path=project.name_of(folder), sheets=len(_sheets(folder))))
        folders[:] = [name for name in folders if name not in ('contact_sheets', 'vis_data')]
        if len(runs) == _MAX_RUNS:
            break
    return runs


def read_run(project: Project, name: str) -> dict:
    """A run's sheets and curves.

    Returns:
        dict: ``sheets``, each with ``path`` and ``iteration``; ``curves``, for each name lists ``x`` (iteration) and
        ``y``; what was repeated after a resumption counts once, values that are not finite are left out.

    Raises:
        StudioError: If there is no such folder in the project.
    """
    # The project's folder itself may be a run.
    folder = project.root if name == '.' else project.path(name)
    if not folder.is_dir():
        raise StudioError(f'there is no folder {name} in the project folder', 404)
    points: dict[str, dict[int, float]] = {}
    for file in sorted(folder.glob('*/vis_data/scalars.json')):
        if not file.resolve().is_relative_to(project.root):
            continue
        for line in file.read_text(errors='replace').splitlines():
            _add(points, line)
    curves = {}
    for key in sorted(points):
        steps = sorted(points[key])
        steps = steps[:: math.ceil(len(steps) / _MAX_POINTS)]
        curves[key] = dict(x=steps, y=[points[key][step] for step in steps])
    sheets = [dict(path=project.name_of(file), iteration=_iteration(file)) for file in _sheets(folder)]
    return dict(path=name, sheets=sheets, curves=curves)


def _add(points: dict, line: str) -> None:
    """Put the values of a line of the log, if it is one, where they belong."""
    try:
        entry = json.loads(line)
        step = int(entry.get('step', entry.get('iter')))
        values = {key: float(entry[key]) for key in entry if isinstance(entry[key], int | float)}
    except (ValueError, TypeError, AttributeError, OverflowError):
        return
    for key, value in values.items():
        if key not in _LEFT_OUT and math.isfinite(value):
            points.setdefault(key, {})[step] = value


def _sheets(folder: Path) -> list[Path]:
    found = (file for file in (folder / 'contact_sheets').glob('*') if file.suffix in ('.jpg', '.png'))
    return sorted((file for file in found if file.is_file() and not file.is_symlink()), key=natural_key)


def _iteration(file: Path) -> int:
    number = re.search(r'(\d+)$', file.stem)
    return int(number[1]) if number else 0
