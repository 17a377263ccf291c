"""Look through all data that a config names, and tell what is wrong with them, where, and how to mend it.

    python tools/misc/check_dataset.py CONFIG [--cfg-options KEY=VALUE ...] [--split SPLIT] [--full] [--json]

Every file is looked for and its header is read; some pictures are decoded, with --full all of them. Videos are decoded
into the cache of the config, where training finds them. The exit status is 0 if nothing is wrong (there may be
warnings), 1 if data are bad, 2 if the config itself cannot work. docs/check_dataset.md lists every message.
"""

import argparse
import contextlib
import json
import sys
import time
from collections import Counter

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

import kpgan_mm  # noqa: F401  (registers everything, and makes MMPose importable)
from kpgan_mm.datasets.checks import SEVERITIES, SPLITS, Report, check_config
from kpgan_mm.utils.cli import add_cfg_options

COLORS = {'config': 'bold red', 'error': 'red', 'warning': 'yellow'}


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='configuration file')
    add_cfg_options(
        parser, 'replace settings; data_root=FOLDER moves everything that lies under the data_root of the config'
    )
    parser.add_argument('--split', choices=(*SPLITS, 'all'), default='all', help='which data sets (default: all)')
    parser.add_argument('--full', action='store_true', help='decode every picture and every frame of every video')
    parser.add_argument('--json', action='store_true', help='print JSON, with every problem, instead of a table')
    parser.add_argument(
        '--rows', type=int, default=20, help='most rows of one kind of problem in the table (default: %(default)s)'
    )
    return parser.parse_args(argv)


def show(report: Report, console: Console, most_rows: int) -> None:
    """Print the table of problems, the most severe first, and a summary."""
    table = Table(show_lines=True, expand=True)
    table.add_column('severity', no_wrap=True)
    for name, ratio in (('where', 3), ('what', 4), ('how to mend', 3)):
        table.add_column(name, ratio=ratio, overflow='fold')
    rows = Counter()
    for problem in sorted(report.problems, key=lambda one: SEVERITIES.index(one.severity)):
        rows[problem.kind] += 1
        if rows[problem.kind] > most_rows:
            continue
        color = COLORS[problem.severity]
        place = ', '.join(part for part in (problem.file, problem.line) if part)
        where = f'{escape(problem.where)}: {escape(place)}' if place else escape(problem.where)
        table.add_row(
            f'[{color}]{problem.severity}[/]\n{problem.kind}', where, escape(problem.what), escape(problem.mend)
        )
    if report.problems:
        console.print(table)
    for kind, number in rows.items():
        if number > most_rows:
            console.print(f'{kind}: {number - most_rows} more rows; --json prints all, --rows {number} shows all')
    looked_at = ', '.join(f'{number:,} {name}' for name, number in report.looked_at.items() if number)
    console.print(f'looked at: {looked_at or "nothing"}', highlight=False)
    counts = ', '.join(f'{report.count(severity)} {severity}' for severity in SEVERITIES)
    verdict = ('fine', 'data are bad', 'the config cannot work')[report.exit_code]
    console.print(f'{counts}: {verdict}', style=('green', 'red', 'bold red')[report.exit_code], highlight=False)


def main(argv: list[str] | None = None) -> int:
    """Run the tool.

    Returns:
        The exit status.
    """
    args = parse_args(argv)
    console, begin = Console(), time.perf_counter()
    columns = TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = {}

        def progress(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=total)
            bars.update(tasks[name], completed=done)

        splits = SPLITS if args.split == 'all' else (args.split,)
        # COCO's reader talks, and the output may be JSON.
        with contextlib.redirect_stdout(sys.stderr):
            report = check_config(args.config, args.cfg_options, splits, args.full, progress)
    if args.json:
        print(json.dumps(dict(config=args.config, **report.to_dict()), indent=2))
    else:
        show(report, console, args.rows)
        console.print(f'{time.perf_counter() - begin:.1f} s', highlight=False)
    return report.exit_code


if __name__ == '__main__':
    sys.exit(main())
