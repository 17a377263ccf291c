"""Predict the keypoints of an image, of a folder of images and videos, of a video or a webcam, with any model.

    python tools/predict.py SOURCE CONFIG CHECKPOINT --out-dir OUT

OUT gets predictions.json (COCO, with the skeleton), predictions.csv (DeepLabCut's layout), predictions.npz (also as
poses for kpgan_mm.NpzPosePrior), pictures/ and contact_sheet.jpg, and for a folder, a video or a webcam overlay.mp4.
Of a folder with videos, each has table and overlay of its own in per_video/. Ctrl-C ends it early and keeps what is
predicted.
"""

import argparse
import sys

from kpgan_mm.apis import PredictionFiles, init_keypoint_model, predict_files, speed_up
from kpgan_mm.utils.checkpoint import CheckpointError
from kpgan_mm.utils.cli import add_trust_checkpoint
from kpgan_mm.utils.freed_memory import keep_freed_memory


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        'source', help='image, folder or video, or webcam:0; the figure should fill the picture as in training'
    )
    parser.add_argument('config', help='config the model was trained with')
    parser.add_argument('checkpoint', help='its weights')
    parser.add_argument('--out-dir', default='predictions', help='folder for the results (default: %(default)s)')
    place = parser.add_mutually_exclusive_group()
    place.add_argument(
        '--box', type=float, nargs=4, metavar=('X1', 'Y1', 'X2', 'Y2'), help='where the figure is (default: everywhere)'
    )
    place.add_argument(
        '--boxes',
        metavar='TABLE',
        help='where it is in each frame: CSV with the columns video, frame, x, y, width, height; frames without a box '
        'are left out',
    )
    parser.add_argument(
        '--smooth',
        type=int,
        metavar='FRAMES',
        help='smooth over time with a window of so many frames, an odd number from 5 on; for videos (default: do not)',
    )
    parser.add_argument(
        '--kpt-thr',
        type=float,
        default=0.0,
        help='do not draw keypoints of a lower confidence; all are written (default: draw all)',
    )
    parser.add_argument('--max-frames', type=int, metavar='FRAMES', help='stop after so many (default: at the end)')
    parser.add_argument('--device', default='cpu', help='cpu, cuda:0 ... (default: %(default)s)')
    parser.add_argument(
        '--amp', action='store_true', help='networks in bfloat16: faster where the processor knows it, a little off'
    )
    parser.add_argument(
        '--compile', action='store_true', help='compile the networks first, a minute that pays for thousands of frames'
    )
    add_trust_checkpoint(parser)
    return parser.parse_args(arguments)


def summary(files: PredictionFiles) -> str:
    """What was written, and what was left out."""
    lines = [f'wrote the keypoints of {files.num_frames} frames to {files.out_dir}']
    if files.ended_early:
        lines.append('ended early: what comes after these frames was not predicted')
    if files.left_out:
        lines.append(f'left out {len(files.left_out)}: {"; ".join(files.left_out[:5])}')
    if files.num_without_box:
        lines.append(f'left out {files.num_without_box} frames without a box')
    return '\n'.join(lines)


def main(arguments: list[str] | None = None) -> None:
    """Run the tool."""
    args = parse_args(arguments)
    keep_freed_memory()
    try:
        model = init_keypoint_model(args.config, args.checkpoint, args.device, args.trust_checkpoint)
        speed_up(model, args.amp, args.compile)
        files = predict_files(
            model, args.source, args.out_dir, args.box, args.boxes, args.smooth, args.kpt_thr, args.max_frames
        )
    except (CheckpointError, FileNotFoundError, ValueError) as error:
        sys.exit(f'error: {error}')
    print(summary(files))


if __name__ == '__main__':
    main()
