"""Made-up faces and their ``.pts`` files, in both dialects."""

from pathlib import Path

import cv2
import numpy as np


def face(seed: int, num_points: int = 68) -> np.ndarray:
    """Random landmarks (68, 2) in pixels, counted from 0, within (20, 120) of a picture of 140 x 130."""
    return np.random.default_rng(seed).uniform(20, 120, (num_points, 2)).round(3)


def write_pts(path: Path, points: np.ndarray, header: bool = True) -> Path:
    """A landmark file of points that count pixels from 0; the file counts from 1, as iBUG's do."""
    lines = [f'{x:.3f} {y:.3f}' for x, y in points + 1]
    if header:
        lines = ['version: 1', f'n_points: {len(points)}', '{', *lines, '}']
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('\n'.join(lines) + '\n')
    return path


def write_face(folder: Path, name: str, seed: int, header: bool = True) -> np.ndarray:
    """A picture of 140 x 130 (width, height) and its landmark file; returns the landmarks."""
    points = face(seed)
    write_pts(folder / f'{Path(name).stem}.pts', points, header)
    image = np.random.default_rng(seed).integers(0, 255, (130, 140, 3), dtype=np.uint8)
    cv2.imwrite(str(folder / name), image)
    return points


def make_w300(root: Path) -> Path:
    """The folders of 300-W with one to three pictures each, both dialects and both kinds of pictures."""
    write_face(root / 'afw', '134212_1.jpg', 0)
    write_face(root / 'helen' / 'trainset', '100032540_1.jpg', 1, header=False)
    write_face(root / 'helen' / 'trainset', '9 with.dots.jpg', 2)
    write_face(root / 'lfpw' / 'trainset', 'image_0001.png', 3)
    write_face(root / 'helen' / 'testset', '296814969_3.jpg', 4)
    write_face(root / 'lfpw' / 'testset', 'image_0001.png', 5)
    write_face(root / 'ibug', 'image_092 _01.jpg', 6)
    return root
