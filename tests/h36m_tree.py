"""A miniature of Simplified Human3.6M: random pictures, masks and landmarks in the data set's layout and spelling."""

from pathlib import Path

import cv2
import numpy as np
from scipy.io import savemat


def landmarks(seed: int) -> np.ndarray:
    """Random joints (32, 2) as (row, column) in [0, 1]."""
    return np.random.default_rng(seed).uniform(0.2, 0.8, (32, 2))


def make_sequence(root: Path, subject: str, name: str, num_frames: int, seed: int = 0) -> None:
    """Frames 1, 2, ... of one sequence; frame n has ``landmarks(100 * seed + n)``."""
    for kind in ('BackgroudMask', 'WithBackground', 'Landmarks'):
        (root / subject / kind / name).mkdir(parents=True)
    for frame in range(1, num_frames + 1):
        image = np.random.default_rng(frame).integers(0, 255, (128, 128, 3), dtype=np.uint8)
        mask = np.zeros((128, 128), dtype=np.uint8)
        mask[30:90, 40:80] = 255
        cv2.imwrite(str(root / subject / 'WithBackground' / name / f'{frame}.jpg'), image)
        cv2.imwrite(str(root / subject / 'BackgroudMask' / name / f'{frame}.png'), mask, [cv2.IMWRITE_PNG_BILEVEL, 1])
        file = root / subject / 'Landmarks' / name / f'{frame}.mat'
        savemat(file, dict(keypoints_2d=landmarks(100 * seed + frame)))


def make_tree(root: Path) -> Path:
    """Six training subjects with 41 frames of two activities that count and 4 of one that does not; 3 test frames."""
    for subject in ('S1', 'S5', 'S6', 'S7', 'S8', 'S9'):
        make_sequence(root, subject, 'Walking 1.54138969', 5, seed=1)
    make_sequence(root, 'S1', 'Greeting.55011271', 11, seed=2)
    make_sequence(root, 'S1', 'Sitting.55011271', 4)
    make_sequence(root, 'S11', 'WAITING 2.60457274', 3, seed=3)
    return root
