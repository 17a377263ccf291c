"""Figure 10: move keypoints of an image and have it painted again."""

import argparse
import sys
from pathlib import Path

import numpy as np
from mmengine.config import Config

from kpgan_mm.apis import EditedImage, build_test_set, edit_keypoints, init_keypoint_model
from kpgan_mm.apis.images import Image
from kpgan_mm.utils.checkpoint import CheckpointError
from kpgan_mm.utils.cli import add_figure_arguments
from kpgan_mm.utils.config import check_data, load_config
from kpgan_mm.visualization import draw_grid, draw_pose_tile, draw_skeletons, draw_tile, write_picture


def parse_moves(moves: list[list[str]]) -> dict[str, tuple[float, float]]:
    """Moves by name, from the values of ``--move``.

    Raises:
        ValueError: if an offset is no number, or a name comes twice.
    """
    parsed = {}
    for name, *offset in moves:
        if name in parsed:
            raise ValueError(f'--move names {name} twice: add its offsets up')
        try:
            parsed[name] = tuple(float(value) for value in offset)
        except ValueError:
            raise ValueError(
                f'--move takes a name and two numbers of pixels, got {" ".join([name, *offset])}'
            ) from None
    return parsed


def find_image(image: str, config: Config) -> Image:
    """The file, or the sample of the test set if ``image`` is a number.

    Raises:
        ValueError: if the test set has no such sample.
    """
    if not image.isdecimal() or Path(image).is_file():
        return image
    check_data(config, ('test',))
    dataset = build_test_set(config)
    if int(image) >= len(dataset):
        raise ValueError(f'the test set has {len(dataset)} samples, numbered from 0, and no {image}')
    return dataset[int(image)]


def draw(edited: EditedImage, metainfo: dict) -> np.ndarray:
    """The strip, RGB: image and raw skeleton, then keypoints, clean skeleton and painting of each step."""
    image = np.ascontiguousarray(edited.image[..., ::-1])
    style = metainfo['skeleton_links'], metainfo['keypoint_colors']
    rows = {
        'keypoints': [draw_tile(image), *(draw_pose_tile(image, pose, *style) for pose in edited.crop_keypoints)],
        'skeleton': [
            draw_tile(picture)
            for picture in draw_skeletons(np.concatenate([edited.skeleton[None], edited.clean_skeletons]))
        ],
        're-rendered': [None, *(draw_tile(picture) for picture in edited.pictures[..., ::-1])],
    }
    steps = len(edited.pictures) - 1
    return draw_grid(rows, ['image', 'as predicted', *(f'moved {step}/{steps}' for step in range(1, steps + 1))])


def main(arguments: list[str] | None = None) -> None:
    """Run the tool."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_figure_arguments(parser, out='edited_keypoints.jpg')
    parser.add_argument(
        'image',
        help='the image, whose figure should fill it as in training, or give --box; or the number of a sample of the '
        "config's test set",
    )
    parser.add_argument(
        '--move',
        nargs=3,
        action='append',
        required=True,
        metavar=('NAME', 'DX', 'DY'),
        help='keypoint to move and its offset in pixels of the image, to the right and down; once for each keypoint',
    )
    parser.add_argument('--steps', type=int, default=3, help='pictures on the way (default: %(default)s)')
    parser.add_argument(
        '--box', type=float, nargs=4, metavar=('X1', 'Y1', 'X2', 'Y2'), help='where the figure is (default: everywhere)'
    )
    args = parser.parse_args(arguments)
    try:
        moves = parse_moves(args.move)
        config = load_config(args.config, args.cfg_options)
        model = init_keypoint_model(config, args.checkpoint, args.device, args.trust_checkpoint)
        edited = edit_keypoints(model, find_image(args.image, config), moves, steps=args.steps, box=args.box)
        write_picture(args.out, draw(edited, model.dataset_meta))
    except (CheckpointError, FileNotFoundError, ValueError) as error:
        sys.exit(f'error: {error}')
    for name in moves:
        ends = edited.keypoints[[0, -1], model.dataset_meta['keypoint_name2id'][name]]
        print(f'{name}: ' + ' -> '.join(f'({x:.1f}, {y:.1f})' for x, y in ends))
    print(f'wrote {args.out}')


if __name__ == '__main__':
    main()
