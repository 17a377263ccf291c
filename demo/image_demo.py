"""Draw the keypoints of an image, or redraw a second image's figure in its pose."""

import argparse
import sys

import cv2

from kpgan_mm.apis import init_keypoint_model, predict, reenact
from kpgan_mm.utils.checkpoint import CheckpointError
from kpgan_mm.utils.cli import add_trust_checkpoint
from kpgan_mm.visualization import draw_keypoints, write_picture


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('image', help='the image; the figure should fill it as in training, or give --box')
    parser.add_argument('config', help='config the model was trained with')
    parser.add_argument('checkpoint', help='its weights')
    parser.add_argument('--out-file', default='keypoints.png', help='picture to write (default: %(default)s)')
    parser.add_argument('--appearance', help='an image whose figure is redrawn in the pose of the first')
    parser.add_argument(
        '--box', type=float, nargs=4, metavar=('X1', 'Y1', 'X2', 'Y2'), help='where the figure is (default: everywhere)'
    )
    parser.add_argument('--device', default='cpu', help='cpu, cuda:0 ... (default: %(default)s)')
    add_trust_checkpoint(parser)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Run the demo."""
    args = parse_args(arguments)
    try:
        model = init_keypoint_model(args.config, args.checkpoint, args.device, args.trust_checkpoint)
        if args.appearance:
            picture = reenact(model, args.image, args.appearance, args.box)[..., ::-1]
        else:
            keypoints = predict(model, [args.image], args.box)[0]
            meta = model.dataset_meta
            image = cv2.imread(args.image)[..., ::-1]
            picture = draw_keypoints(image, keypoints, meta['skeleton_links'], meta['keypoint_colors'])
            for index, (x, y) in enumerate(keypoints):
                print(f'{meta["keypoint_id2name"][index]:20s} {x:8.1f} {y:8.1f}')
        write_picture(args.out_file, picture)
    except (CheckpointError, FileNotFoundError, ValueError) as error:
        sys.exit(f'error: {error}')
    print(f'wrote {args.out_file}')


if __name__ == '__main__':
    main()
