"""Landmark files ``.pts``, as iBUG distributes 300-W, 300-VW and the landmarks of MultiPIE."""

import math
from pathlib import Path

import numpy as np


def read_pts(path: str | Path, num_points: int | None = None) -> np.ndarray:
    """Reads the points of one file.

    Two dialects are understood: with a header, and the points between braces::

        version: 1
        n_points: 68
        {
        446.000 91.000
        ...
        }

    and without, where the file is nothing but lines of two numbers. Blank lines count for nothing.

    iBUG counts pixels from 1, as Matlab does: the centre of the upper left pixel is (1, 1). What is returned counts
    from 0, as OpenCV and MMPose do.

    Args:
        path: The file.
        num_points: How many points there must be; None takes any number.

    Returns:
        np.ndarray: (N, 2) float32, (x, y) in pixels.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If a line holds anything else, the file ends before its points do, or their number is not the
            announced or the wanted one. The message names file and line.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'landmark file {path} does not exist')
    # Whatever is no text is no number either, and is reported as such.
    lines = enumerate(path.read_text(encoding='utf-8-sig', errors='replace').splitlines(), start=1)
    lines = [(number, line.strip()) for number, line in lines if line.strip()]
    announced = None
    if lines and not _is_point(lines[0][1]):
        announced, lines = _inside_braces(path, lines)
    points = [_point(path, number, line) for number, line in lines]
    if announced is not None and announced != len(points):
        raise ValueError(f'{path} announces {announced} points in its header, but holds {len(points)}')
    if not points:
        raise ValueError(f'{path} holds no points')
    if num_points is not None and len(points) != num_points:
        raise ValueError(f'{path} holds {len(points)} points, but {num_points} are needed')
    return np.array(points, dtype=np.float32) - 1


def _inside_braces(path: Path, lines: list[tuple[int, str]]) -> tuple[int | None, list[tuple[int, str]]]:
    """The announced number of points, and the lines between the braces."""
    announced = None
    for start, (number, line) in enumerate(lines, start=1):
        if line == '{':
            inside = lines[start:]
            break
        key, colon, value = (part.strip() for part in line.partition(':'))
        if key == 'n_points' and value.isdecimal():
            announced = int(value)
        elif not colon or key == 'n_points':
            raise ValueError(f'{path}, line {number}: expected a header such as "n_points: 68", got "{line[:40]}"')
    else:
        raise ValueError(f'{path} has a header, but no points between braces')
    ends = [index for index, (_, line) in enumerate(inside) if line == '}']
    if not ends:
        raise ValueError(f'{path}, line {lines[-1][0]}: the file ends without a closing brace, so it is cut off')
    if ends[0] != len(inside) - 1:
        number, line = inside[ends[0] + 1]
        raise ValueError(f'{path}, line {number}: nothing belongs after the closing brace, got "{line[:40]}"')
    return announced, inside[:-1]


def _is_point(line: str) -> bool:
    """Whether a first line can only be one of points: it begins as a number does."""
    return line[0].isdigit() or line[0] in '+-.'


def _point(path: Path, number: int, line: str) -> tuple[float, float]:
    try:
        x, y = (float(word) for word in line.split())
    except ValueError:
        raise ValueError(f'{path}, line {number}: expected two numbers, got "{line[:40]}"') from None
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError(f'{path}, line {number}: a point must be finite, got "{line[:40]}"')
    return x, y
