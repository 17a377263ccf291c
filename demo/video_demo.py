"""Predict the keypoints of a video: an overlay video, and a table in DeepLabCut's layout."""

import argparse
import csv
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from kpgan_mm.apis import init_keypoint_model, predict_samples
from kpgan_mm.utils.checkpoint import CheckpointError
from kpgan_mm.visualization import draw_keypoints

SCORER = 'kpgan_mm'
_BATCH_SIZE = 32


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('video', help='a video file; the figure should fill its frames as in training, or give --box')
    parser.add_argument('config', help='config the model was trained with')
    parser.add_argument('checkpoint', help='its weights')
    parser.add_argument(
        '--out-dir', default='.', help='folder for <video>_keypoints.mp4 and .csv (default: %(default)s)'
    )
    parser.add_argument(
        '--box', type=float, nargs=4, metavar=('X1', 'Y1', 'X2', 'Y2'), help='where the figure is (default: everywhere)'
    )
    parser.add_argument('--device', default='cpu', help='cpu, cuda:0 ... (default: %(default)s)')
    parser.add_argument(
        '--trust-checkpoint',
        action='store_true',
        help='load a checkpoint that could run code: only from a trusted source',
    )
    return parser.parse_args(arguments)


def read_frames(capture: cv2.VideoCapture) -> Iterator[np.ndarray]:
    """Frames ``(H, W, 3)`` BGR of an open video, to its end."""
    while True:
        there_is_one, frame = capture.read()
        if not there_is_one:
            return
        yield frame


def header(names: list[str]) -> list[list[str]]:
    """The three header rows of DeepLabCut's tables: scorer, body parts, coordinates."""
    return [
        ['scorer'] + [SCORER] * (3 * len(names)),
        ['bodyparts'] + [name for name in names for _ in range(3)],
        ['coords'] + ['x', 'y', 'likelihood'] * len(names),
    ]


def process_video(model, video: str, out_dir: Path, box=None) -> tuple[Path, Path, int]:
    """Write overlay and table of a video.

    Returns:
        tuple[Path, Path, int]: overlay, table, number of frames.

    Raises:
        ValueError: if the video cannot be read, or the overlay cannot be written.
    """
    capture = cv2.VideoCapture(video)
    frames = read_frames(capture)
    batch = list(islice(frames, _BATCH_SIZE))
    if not batch:
        raise ValueError(f'{video} cannot be read as a video')
    out_dir.mkdir(parents=True, exist_ok=True)
    overlay, table = (out_dir / f'{Path(video).stem}_keypoints{suffix}' for suffix in ('.mp4', '.csv'))
    meta = model.dataset_meta
    names = [meta['keypoint_id2name'][k] for k in range(meta['num_keypoints'])]
    colors = [color[::-1] for color in meta['keypoint_colors']]
    size = batch[0].shape[1::-1]
    writer = cv2.VideoWriter(str(overlay), cv2.VideoWriter_fourcc(*'mp4v'), capture.get(cv2.CAP_PROP_FPS) or 25.0, size)
    if not writer.isOpened():
        raise ValueError(f'{overlay} cannot be written')
    number = 0
    with table.open('w', newline='') as file:
        rows = csv.writer(file)
        rows.writerows(header(names))
        while batch:
            for frame, sample in zip(batch, predict_samples(model, batch, box), strict=True):
                keypoints, scores = sample.pred_instances.keypoints[0], sample.pred_instances.keypoint_scores[0]
                values = np.column_stack([keypoints[:, :2], scores]).ravel()
                rows.writerow([number, *(f'{value:.3f}' for value in values)])
                writer.write(draw_keypoints(frame, keypoints, meta['skeleton_links'], colors))
                number += 1
            print(f'\r{number} frames', end='', flush=True)
            batch = list(islice(frames, _BATCH_SIZE))
    print()
    writer.release()
    capture.release()
    return overlay, table, number


def main(arguments: list[str] | None = None) -> None:
    """Run the demo."""
    args = parse_args(arguments)
    if not Path(args.video).is_file():
        sys.exit(f'error: there is no video {args.video}')
    try:
        model = init_keypoint_model(args.config, args.checkpoint, args.device, args.trust_checkpoint)
        overlay, table, _ = process_video(model, args.video, Path(args.out_dir), args.box)
    except (CheckpointError, FileNotFoundError, ValueError) as error:
        sys.exit(f'error: {error}')
    print(f'wrote {overlay} and {table}')


if __name__ == '__main__':
    main()
