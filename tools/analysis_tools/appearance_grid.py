"""Figure 9: every pose in every appearance.

Rows are the geometry images, whose pose is taken; columns are the appearance images, whose figure and background are
redrawn in it.
"""

import argparse
import sys

import numpy as np

from kpgan_mm.apis import AppearanceGrid, appearance_grid, build_test_set, init_keypoint_model, spread_frames, videos_of
from kpgan_mm.apis.generation import require_reference
from kpgan_mm.utils.checkpoint import CheckpointError
from kpgan_mm.utils.cli import add_figure_arguments
from kpgan_mm.utils.config import check_data, load_config
from kpgan_mm.visualization import draw_grid, draw_tile, write_picture

# Frames taken from the test set where no images are given.
_ROWS, _COLUMNS = 4, 5


def draw(grid: AppearanceGrid) -> np.ndarray:
    """The picture, RGB: appearances on top, poses on the left."""

    def tiles(pictures: np.ndarray) -> list[np.ndarray]:
        return [draw_tile(picture) for picture in pictures[..., ::-1]]

    rows = {'appearance': [None, *tiles(grid.appearance)]}
    for number, (pose, cells) in enumerate(zip(tiles(grid.geometry), grid.cells, strict=True), start=1):
        rows[f'geometry {number}'] = [pose, *tiles(cells)]
    return draw_grid(rows)


def main(arguments: list[str] | None = None) -> None:
    """Run the tool."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_figure_arguments(parser, out='appearance_grid.jpg')
    default = "(default: frames of different videos of the config's test set)"
    parser.add_argument('--geometry', nargs='+', metavar='IMG', help=f'images that give the poses {default}')
    parser.add_argument('--appearance', nargs='+', metavar='IMG', help=f'images that give the looks {default}')
    parser.add_argument(
        '--box',
        type=float,
        nargs=4,
        metavar=('X1', 'Y1', 'X2', 'Y2'),
        help='where the figure is in the given images (default: everywhere)',
    )
    args = parser.parse_args(arguments)
    try:
        config = load_config(args.config, args.cfg_options)
        model = init_keypoint_model(config, args.checkpoint, args.device, args.trust_checkpoint)
        require_reference(model, 'the grid of appearances and poses')
        geometry, appearance = args.geometry, args.appearance
        if geometry is None or appearance is None:
            check_data(config, ('test',))
            dataset = build_test_set(config)
            frames = spread_frames(videos_of(dataset), _ROWS + _COLUMNS)
            # every other one, so that neither side gets one half of the set
            geometry = geometry or [dataset[index] for index in frames[1::2]]
            appearance = appearance or [dataset[index] for index in frames[::2]]
        write_picture(args.out, draw(appearance_grid(model, geometry, appearance, args.box)))
    except (CheckpointError, FileNotFoundError, ValueError) as error:
        sys.exit(f'error: {error}')
    print(f'wrote {args.out}: {len(geometry)} poses (rows) in {len(appearance)} appearances (columns)')


if __name__ == '__main__':
    main()
