"""A miniature of Human3.6M as MMPose's ``preprocess_h36m.py`` and ``h36m_to_coco.py`` leave it."""

import json
from pathlib import Path

import cv2
import numpy as np

CAMERAS = ('54138969', '55011271')


def joints(subject: str, camera: str, frame: int) -> np.ndarray:
    """Joints (17, 3) of one picture: (x, y) in pixels, and a visibility of 1."""
    rng = np.random.default_rng([int(subject[1:]), int(camera), frame])
    return np.column_stack([rng.uniform(60, 140, (17, 2)), np.ones(17)])


def square_box(points: np.ndarray) -> list[float]:
    """(x, y, w, h) as MMPose makes it: square, 1.2 times the larger extent of the joints, around their middle."""
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    side = 1.2 * (high - low).max()
    return [*((low + high) / 2 - side / 2), side, side]


def make_tree(root: Path, full_names: bool = False) -> list[Path]:
    """Pictures of 200 x 200 pixels in ROOT/images, and the json files of training and test subjects.

    Two takes of S1 and one of S5, S9 and S11, each from two cameras: 6, 4, 4, 3 and 3 frames, numbered 1, 6, 11, ...
    """
    takes = dict(
        train=[('S1', 'Directions_1', 6), ('S1', 'WalkDog', 4), ('S5', 'SittingDown', 4)],
        test=[('S9', 'Directions', 3), ('S11', 'Photo_1', 3)],
    )
    files = []
    for split, chosen in takes.items():
        images, annotations = [], []
        for subject, take, count in chosen:
            for camera in CAMERAS:
                video = f'{subject}_{take}.{camera}'
                folder = root / 'images' / subject / video
                folder.mkdir(parents=True, exist_ok=True)
                for frame in range(1, 5 * count, 5):
                    name = f'{video}_{frame:06d}.jpg'
                    rng = np.random.default_rng(frame)
                    cv2.imwrite(str(folder / name), rng.integers(0, 255, (200, 200, 3), dtype=np.uint8))
                    points, number = joints(subject, camera, frame), len(images) + 1
                    file_name = f'{subject}/{video}/{name}' if full_names else name
                    images.append(dict(file_name=file_name, height=200, width=200, id=number))
                    box = square_box(points)
                    annotations.append(
                        dict(id=number, category_id=1, image_id=number, iscrowd=0, bbox=box, area=box[2] * box[3],
                             num_keypoints=17, keypoints=points.ravel().tolist(), keypoints_3d=[0.0] * 68)
                    )  # fmt: skip
        file = root / f'h36m_coco_{split}.json'
        content = dict(categories=[dict(id=1, name='person')], images=images, annotations=annotations)
        file.write_text(json.dumps(content))
        files.append(file)
    return files
