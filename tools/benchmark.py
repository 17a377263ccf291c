"""Run a named set of experiments over seeds, and write one table of all that has been measured so far.

    python tools/benchmark.py configs/benchmarks/puppets_table4.py --seeds 0 1 2

Every finished run leaves a small JSON file in the folder of results and is not run again, whichever benchmark names it;
commit these files, and a later call only adds what is missing. An unfinished training goes on where it was. A regressor
that several experiments share is trained once for each seed, unless --jobs lets them begin at the same time.
"""

import argparse
import contextlib
import json
import os
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

import kpgan_mm  # noqa: F401  (registers everything, and makes MMPose importable)
from kpgan_mm.utils.benchmarks import (
    Experiment,
    iterations_and_minutes,
    load_benchmark,
    markdown_table,
    provenance,
    run_name,
)
from kpgan_mm.utils.cli import add_cfg_options
from kpgan_mm.utils.config import ConfigError
from kpgan_mm.utils.newest_checkpoint import newest_checkpoint
from kpgan_mm.utils.tool_runs import ToolError, parse_step, run_tool

ROOT = Path(__file__).resolve().parents[1]


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('benchmark', help='benchmark file, such as configs/benchmarks/puppets_table4.py')
    parser.add_argument('--seeds', type=int, nargs='+', default=[0], help='default: 0')
    parser.add_argument('--only', nargs='+', metavar='NAME', help='run these experiments alone')
    parser.add_argument('--jobs', type=int, default=1, help='trainings at a time, which share the cores (default: 1)')
    parser.add_argument('--results', help='folder of the result files (default: docs/benchmarks/results)')
    parser.add_argument('--table', help='the table that is written (default: docs/benchmarks/NAME.md)')
    parser.add_argument('--work-dir', help='folder for logs and checkpoints (default: work_dirs/benchmarks)')
    parser.add_argument('--table-only', action='store_true', help='run nothing, write the table of what there is')
    add_cfg_options(
        parser, 'replace settings in every experiment, such as data_root=FOLDER; other settings are other results'
    )
    return parser.parse_args(argv)


def as_argument(value) -> str:
    """A value as `--cfg-options` reads it back."""
    if isinstance(value, (list, tuple)):
        return '[' + ','.join(map(as_argument, value)) + ']'
    return str(value)


def share(own: Path, shared: Path) -> None:
    """Copy a trained regressor, and how long it took, to where other experiments look for it: all of it or nothing."""
    shared.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=shared.parent) as folder:
        unfinished = Path(folder, 'copy')
        for file in [own / 'regressor.pth', *own.glob('*/vis_data/scalars.json')]:
            copy = unfinished / file.relative_to(own)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
        # Another job may have been faster; its copy is as good.
        with contextlib.suppress(OSError):
            unfinished.rename(shared)


class Runs:
    """Runs experiments of a benchmark.

    Args:
        results: Folder of the result files.
        work_dir: Folder of logs and checkpoints.
        threads: Threads of each run.
        tools: Folder of train.py and test.py.
        progress: Shows how far every run is.
        console: For lines where there is no terminal.
    """

    def __init__(
        self, results: Path, work_dir: Path, threads: int, tools: Path, progress: Progress, console: Console
    ) -> None:
        self.results, self.work_dir, self.threads = results, work_dir, threads
        self.tools, self.progress, self.console = tools, progress, console

    def run(self, experiment: Experiment, seed: int) -> str | None:
        """Train and test, unless that has been done.

        Returns:
            What went wrong, if anything did.
        """
        target = self.results / f'{run_name(experiment, seed)}.json'
        title = f'{experiment.name}, seed {seed}'
        if target.is_file():
            self.console.print(f'{title}: measured before ({target.name})', highlight=False)
            return None
        digest, stage_digest = experiment.hashes
        folder = self.work_dir / run_name(experiment, seed)
        shared = self.work_dir / 'regressors' / f'{stage_digest}_seed{seed}'
        options = [f'{key}={as_argument(value)}' for key, value in experiment.seeded(seed).items()]
        # As it began: the files may change while it runs.
        source = provenance(ROOT)
        try:
            self._train(experiment, title, folder, shared, options)
            figures = self._test(experiment, folder, options)
        except ToolError as error:
            return f'{title}: {error}'
        iterations, minutes = iterations_and_minutes(folder)
        content = dict(
            experiment=experiment.name,
            config=os.path.relpath(experiment.config, ROOT),
            # where the data lie on this machine is nobody's business
            options={key: value for key, value in experiment.seeded(seed).items() if key != 'data_root'},
            flags=list(experiment.flags),
            config_hash=digest,
            seed=seed,
            protocols=sorted({name.split('/')[0] for name in figures if '/' in name}),
            figures=figures,
            iterations=iterations,
            minutes=dict(training=minutes, regressor=iterations_and_minutes(folder / 'regressor')[1]),
            threads=self.threads,
            **source,
        )
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_suffix('.tmp')
        unfinished.write_text(json.dumps(content, indent=1, sort_keys=True) + '\n')
        unfinished.replace(target)
        self.console.print(f'{title}: {target}', soft_wrap=True, highlight=False)
        return None

    def _train(self, experiment: Experiment, title: str, folder: Path, shared: Path, options: list[str]) -> None:
        own = folder / 'regressor'
        if (shared / 'regressor.pth').is_file() and not (own / 'regressor.pth').is_file():
            shutil.copytree(shared, own, dirs_exist_ok=True)
        bar = self.progress.add_task(title, total=None, note='')
        lines = run_tool(
            self.tools / 'train.py',
            str(experiment.config),
            *('--work-dir', str(folder), '--resume', *experiment.flags, '--cfg-options', *options),
            log=folder / 'output.log',
            root=ROOT,
            environment=dict(OMP_NUM_THREADS=str(self.threads)),
        )
        for line in lines:
            step = parse_step(line)
            if step is not None:
                self.progress.update(bar, completed=step[0], total=step[1], note=f'{step[2]} left, {step[3]}')
        self.progress.remove_task(bar)
        if (own / 'regressor.pth').is_file() and not shared.exists():
            share(own, shared)

    def _test(self, experiment: Experiment, folder: Path, options: list[str]) -> dict[str, float]:
        figures = folder / 'test.json'
        checkpoint = newest_checkpoint(folder)
        if checkpoint is None:
            raise ToolError(f'the training left no checkpoint in {folder}')
        arguments = ['--work-dir', str(folder), '--out', str(figures), '--cfg-options', *options]
        for _ in run_tool(
            self.tools / 'test.py',
            str(experiment.config),
            checkpoint,
            *arguments,
            log=folder / 'test.log',
            root=ROOT,
            environment=dict(OMP_NUM_THREADS=str(self.threads)),
        ):
            pass
        return json.loads(figures.read_text())


def main(argv: list[str] | None = None, tools: Path = ROOT / 'tools', console: Console | None = None) -> int:
    """Run what is missing and write the table."""
    args = parse_args(argv)
    console = console or (Console() if sys.stdout.isatty() else Console(width=160))
    pages = ROOT / 'docs' / 'benchmarks'
    results = Path(args.results or pages / 'results').resolve()
    table = Path(args.table or pages / f'{Path(args.benchmark).stem}.md').resolve()
    work_dir = Path(args.work_dir or ROOT / 'work_dirs' / 'benchmarks').resolve()
    try:
        benchmark = load_benchmark(args.benchmark, args.cfg_options)
        names = [experiment.name for experiment in benchmark.experiments]
        unknown = [name for name in args.only or [] if name not in names]
        if unknown:
            raise ConfigError(f'--only names {", ".join(unknown)}, but {args.benchmark} has {"; ".join(names)}.')
        if args.jobs < 1:
            raise ConfigError(f'--jobs must be 1 or more, got {args.jobs}.')
    except ConfigError as error:
        print(f'error: {error}', file=sys.stderr)
        return 2

    def write_table() -> None:
        table.parent.mkdir(parents=True, exist_ok=True)
        table.write_text(markdown_table(benchmark, results))

    failures = []
    if not args.table_only:
        columns = [
            TextColumn('{task.description}'),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn('{task.fields[note]}'),
        ]
        with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
            threads = max(1, (os.cpu_count() or 1) // args.jobs)
            runs = Runs(results, work_dir, threads, tools, progress, console)
            # Seed by seed, so that every row has one soon.
            wanted = [
                (experiment, seed)
                for seed in args.seeds
                for experiment in benchmark.experiments
                if not args.only or experiment.name in args.only
            ]

            def run(pair: tuple[Experiment, int]) -> str | None:
                failure = runs.run(*pair)
                write_table()
                return failure

            with ThreadPoolExecutor(args.jobs) as pool:
                failures = [failure for failure in pool.map(run, wanted) if failure]
    write_table()
    for failure in failures:
        print(f'error: {failure}', file=sys.stderr)
    console.print(f'Table: {table}', soft_wrap=True, highlight=False)
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
