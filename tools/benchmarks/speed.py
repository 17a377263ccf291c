"""Measure speed and memory against a plain formulation of the same mathematics.

    python tools/benchmarks/speed.py [--parts renderer step ...] [--repeats 5] [--threads 2] [--out FILE.json]

Every case has sides: `ours`, which is this package, and `reference`, which is the same written as plainly as possible
(tools/benchmarks/speed_benchmark/reference). Each side runs in a process of its own. First all sides compute the same
inputs, and losses, values and gradients are compared: a difference beyond the tolerance ends the run. Then, warmed up,
they work in turns; times are medians over the repeats. Peak memory is what a side's process takes more at the peak of
one call than before it. The part `data` is tools/benchmarks/data_pipeline.py, in seconds of processor time a frame.
See docs/performance.md.

Written are FILE.json and beside it FILE.md with the same as a table.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from speed_benchmark.cases import UnequalError
from speed_benchmark.plan import PARTS, plan
from speed_benchmark.report import machine, markdown, show
from speed_benchmark.run import measure_all, sides_of
from speed_benchmark.workers import Bench, Worker, serve

# Those with sides in processes of their own, and the loader.
_PARTS = [*PARTS, 'data']


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        '--parts', nargs='+', choices=_PARTS, default=_PARTS, help='of: %(choices)s (default: all)', metavar='PART'
    )
    parser.add_argument('--repeats', type=int, default=5, help='timed calls of each side (default: %(default)s)')
    parser.add_argument('--threads', type=int, default=2, help='threads of PyTorch (default: %(default)s)')
    parser.add_argument(
        '--processor-time',
        action='store_true',
        help='seconds of the processor, not of the clock: for a busy machine, and then with --threads 1',
    )
    parser.add_argument('--out', type=Path, help='file for the results, .json')
    parser.add_argument('--tiny', action='store_true', help='smallest sizes: whether everything runs, not how fast')
    parser.add_argument('--worker', help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    if args.repeats < 1 or args.threads < 1:
        parser.error('--repeats and --threads must be at least 1')
    if args.out is not None and args.out.suffix != '.json':
        parser.error(f'--out must end with .json, got {args.out}')
    return args


def measure_loader(args: argparse.Namespace) -> list[dict]:
    """Rows of the data pipeline."""
    from speed_benchmark.parts import data

    print('data: frames a second of a loader')
    return data.measure(args.repeats, **(dict(num_videos=1, num_frames=8, batches=1) if args.tiny else {}))


def main(arguments: list[str] | None = None) -> int:
    """Run the tool; returns the exit status, 1 if sides differ."""
    arguments = sys.argv[1:] if arguments is None else arguments
    args = parse_args(arguments)
    cases = plan(args.parts, args.tiny)
    if args.worker:
        serve(Bench(args.worker, cases, args.threads, args.processor_time))
        return 0
    workers = {side: Worker(side, arguments) for side in sides_of(cases)}
    try:
        results = measure_all(cases, workers, args.repeats)
        if 'data' in args.parts:
            results += measure_loader(args)
    except (UnequalError, RuntimeError) as error:
        print(f'error: {error}', file=sys.stderr)
        return 1
    finally:
        for worker in workers.values():
            worker.close()
    command = ' '.join(['python', 'tools/benchmarks/speed.py', *arguments])
    report = dict(command=command, machine=machine(args.threads), repeats=args.repeats, results=results)
    show(results)
    if args.out is not None:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text(json.dumps(report, indent=1) + '\n')
        args.out.with_suffix('.md').write_text(markdown(report))
    return 0


if __name__ == '__main__':
    sys.exit(main())
