"""A video of a bright cross that moves in the dark, its poses in every layout, and the command line to run."""

import json

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from kpgan_mm.cli.app import app
from tests.toys import forget_runs

NAMES = ['head', 'tail', 'left_wing', 'right_wing']
YAML = 'keypoints: [head, tail, left_wing, right_wing]\nlinks: [[head, tail], [tail, left_wing], [head, right_wing]]\n'
SIZE = (96, 80)  # width, height of the video


def run(*arguments):
    """The command line, as the shell would call it."""
    forget_runs()
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={'COLUMNS': '200'})


def poses(count, seed=0):
    """(N, 4, 2) in pixels: crosses whose centre is in columns 36 to 60 and rows 30 to 50."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform([36, 30], [60, 50], (count, 1, 2))
    return (centres + np.array([[0, -12], [0, 12], [-10, 0], [10, 0]])).round(2).astype(np.float32)


def write_video(file, count=24, size=SIZE):
    """Frames with a cross at each pose."""
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter_fourcc(*'mp4v'), 25.0, size)
    for head, tail, left, right in poses(count, seed=1).round().astype(int).tolist():
        image = np.full((size[1], size[0], 3), 20, np.uint8)
        cv2.line(image, head, tail, (240, 240, 240), 3)
        cv2.line(image, left, right, (200, 200, 200), 3)
        writer.write(image)
    writer.release()
    return file


def write_deeplabcut(file, keypoints, names=NAMES, likelihood=None, images=None):
    """A table of labels, or of predictions where there is a likelihood (N, K)."""
    axes = ['x', 'y'] + ['likelihood'] * (likelihood is not None)
    rows = [['scorer'] + ['me'] * len(names) * len(axes)]
    rows.append(['bodyparts', *(name for name in names for _ in axes)])
    rows.append(['coords', *(axes * len(names))])
    for index, pose in enumerate(keypoints):
        fields = [images[index] if images else str(index)]
        for k, point in enumerate(pose):
            fields += ['' if np.isnan(value) else f'{value:.2f}' for value in point]
            fields += [f'{likelihood[index, k]:.2f}'] if likelihood is not None else []
        rows.append(fields)
    file.write_text('\n'.join(','.join(row) for row in rows))
    return file


def write_coco(file, keypoints, names=NAMES):
    """COCO annotations of one figure each, all points visible."""
    annotations = [
        dict(id=i, image_id=i, category_id=1, keypoints=[v for x, y in pose.tolist() for v in (x, y, 2)])
        for i, pose in enumerate(keypoints)
    ]
    categories = [dict(id=1, name='bird', keypoints=names)]
    file.write_text(json.dumps(dict(images=[], annotations=annotations, categories=categories)))
    return file


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The current folder, with videos/bird.mp4, bird.yaml, and labels.csv of ten frames in frames/."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'videos').mkdir()
    (tmp_path / 'frames').mkdir()
    write_video(tmp_path / 'videos' / 'bird.mp4')
    (tmp_path / 'bird.yaml').write_text(YAML)
    images = [f'frames/{index}.png' for index in range(10)]
    for image in images:
        cv2.imwrite(str(tmp_path / image), np.full((SIZE[1], SIZE[0], 3), 20, np.uint8))
    write_deeplabcut(tmp_path / 'labels.csv', poses(10), images=images)
    return tmp_path
