"""Figure 4: does the skeleton image leak appearance past the bottleneck?

Frames of the config's test set are reconstructed from the raw skeleton Phi(x) and from the clean one, redrawn from the
keypoints, each with a reference from a different video. The leak score is the mean of error(clean) - error(raw), in
units of the full range of a pixel: 0 or less if nothing in the raw skeleton helps that the keypoints lack. The control
is the same with references from the same video, where appearance has no need to leak.
"""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from kpgan_mm.apis import LeakCheck, build_test_set, draw_pairs, init_keypoint_model, leak_check, videos_of
from kpgan_mm.apis.generation import require_skeleton_image
from kpgan_mm.utils.checkpoint import CheckpointError
from kpgan_mm.utils.cli import add_figure_arguments
from kpgan_mm.utils.config import check_data, load_config
from kpgan_mm.visualization import draw_grid, draw_skeletons, draw_tile, log_skeletons, write_picture

# Pairs that the picture shows.
_COLUMNS = 6


@dataclass(frozen=True)
class Result:
    """What is printed and written, in units of the full range of a pixel."""

    score: float
    standard_error: float
    relative_score: float
    raw_error: float
    clean_error: float
    num_pairs: int

    @classmethod
    def of(cls, check: LeakCheck) -> 'Result':
        """Figures of a check."""
        return cls(
            score=check.score,
            standard_error=check.standard_error,
            relative_score=check.relative_score,
            raw_error=float(check.raw_errors.mean()),
            clean_error=float(check.clean_errors.mean()),
            num_pairs=len(check.gains),
        )

    def __str__(self) -> str:
        """One line."""
        return (
            f'{self.score:+.4f} ± {self.standard_error:.4f} ({100 * self.relative_score:+.1f} % of error(clean)): '
            f'error(clean) {self.clean_error:.4f}, error(raw) {self.raw_error:.4f}, {self.num_pairs} pairs'
        )


def draw(check: LeakCheck) -> np.ndarray:
    """The picture, RGB: a column for each of the first pairs, headed by its gain."""
    rows = {
        'image': check.images[..., ::-1],
        'reference': check.references[..., ::-1],
        'raw skeleton': draw_skeletons(check.skeletons),
        'log of raw': log_skeletons(check.skeletons),
        'clean skeleton': draw_skeletons(check.clean_skeletons),
        'log of clean': log_skeletons(check.clean_skeletons),
        'from raw': check.from_raw[..., ::-1],
        'from clean': check.from_clean[..., ::-1],
    }
    tiles = {what: [draw_tile(picture) for picture in pictures[:_COLUMNS]] for what, pictures in rows.items()}
    return draw_grid(tiles, [f'gain {gain:+.4f}' for gain in check.gains[:_COLUMNS]])


def main(arguments: list[str] | None = None) -> None:
    """Run the tool."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_figure_arguments(parser, out='leak_check.jpg')
    parser.add_argument('--num-pairs', type=int, default=64, help='pairs of frames to average (default: %(default)s)')
    parser.add_argument('--seed', type=int, default=0, help='chooses the pairs (default: %(default)s)')
    parser.add_argument('--json', metavar='FILE', help='also write the figures there')
    args = parser.parse_args(arguments)
    if args.num_pairs < 2:
        sys.exit('error: --num-pairs must be at least 2')
    try:
        config = load_config(args.config, args.cfg_options)
        check_data(config, ('test',))
        model = init_keypoint_model(config, args.checkpoint, args.device, args.trust_checkpoint)
        require_skeleton_image(model, 'the leak check')
        dataset = build_test_set(config)
        pairs = draw_pairs(videos_of(dataset), args.num_pairs, args.seed)
        targets, others, neighbours = zip(*pairs, strict=True)
        check = leak_check(model, [dataset[index] for index in targets], [dataset[index] for index in others])
        results = {'leak_check': Result.of(check)}
        known = [(target, own) for target, own in zip(targets, neighbours, strict=True) if own is not None]
        if len(known) > 1:
            control = leak_check(model, *([dataset[index] for index in side] for side in zip(*known, strict=True)))
            results['control_same_video'] = Result.of(control)
        write_picture(args.out, draw(check))
        if args.json:
            figures = {name: asdict(result) for name, result in results.items()}
            about = {'config': args.config, 'checkpoint': args.checkpoint, 'seed': args.seed}
            Path(args.json).parent.mkdir(parents=True, exist_ok=True)
            Path(args.json).write_text(json.dumps(figures | about, indent=2) + '\n')
    except (CheckpointError, OSError, ValueError) as error:
        sys.exit(f'error: {error}')
    print(f'leak score, reference from a different video: {results["leak_check"]}')
    print(f'control, reference from the same video: {results.get("control_same_video", "the set has single frames")}')
    print(f'wrote {args.out}' + (f' and {args.json}' if args.json else ''))


if __name__ == '__main__':
    main()
