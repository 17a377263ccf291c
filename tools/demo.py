"""The demonstration: learn the puppets' keypoints from video without labels, and compare.

Trains KeypointGAN on generated videos (first its regressor, on poses alone), then the same network with labels for as
many iterations, and prints both errors beside that of a constant, the mean pose. CPU is enough.
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from kpgan_mm.utils.newest_checkpoint import newest_checkpoint
from kpgan_mm.utils.tool_runs import ToolError, bfloat16_is_faster, parse_step, run_tool

ROOT = Path(__file__).resolve().parents[1]
# Without a terminal a line is printed at most this often, in seconds.
_QUIET_INTERVAL = 15.0


@dataclass
class Training:
    """What is known of a training after it ran.

    Attributes:
        work_dir (Path): where its results are.
        minutes (float): how long it took.
        stages (list[int]): iterations of each of its stages, the main one last.
    """

    work_dir: Path
    minutes: float = 0.0
    stages: list[int] = field(default_factory=list)

    @property
    def checkpoint(self) -> str:
        """Path of the last checkpoint.

        Raises:
            ToolError: if the training left none.
        """
        checkpoint = newest_checkpoint(self.work_dir)
        if checkpoint is None:
            raise ToolError(f'the training left no checkpoint in {self.work_dir}')
        return checkpoint


def train(title: str, config: Path, work_dir: Path, tools: Path, console: Console, *flags: str) -> Training:
    """Train with progress shown: a bar for each stage, or lines where there is no terminal."""
    training = Training(work_dir)
    began, printed, finished = time.monotonic(), -_QUIET_INTERVAL, 0
    columns = [TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn(), TextColumn('{task.fields[note]}')]
    console.print(f'[bold]{title}[/bold] ({config.name})')
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        bar = None
        lines = run_tool(
            tools / 'train.py', str(config), '--work-dir', str(work_dir), *flags, log=work_dir / 'output.log', root=ROOT
        )
        for line in lines:
            step = parse_step(line)
            if step is None:
                continue
            iteration, total, left, losses = step
            if bar is None or iteration < finished:
                bar = progress.add_task(f'stage {len(training.stages) + 1}', total=total, note='')
                training.stages.append(total)
            finished = iteration
            progress.update(bar, completed=iteration, note=f'{left} left, {losses}')
            quiet = not console.is_terminal and time.monotonic() - printed >= _QUIET_INTERVAL
            if quiet or (not console.is_terminal and iteration == total):
                printed = time.monotonic()
                console.print(
                    f'  stage {len(training.stages)}: {iteration}/{total}, {left} left, {losses}', highlight=False
                )
    training.minutes = (time.monotonic() - began) / 60
    return training


def test(config: Path, training: Training, tools: Path) -> dict[str, float]:
    """Figures of a training's last checkpoint on the test set."""
    figures = (training.work_dir / 'test.json').resolve()
    arguments = [str(config), training.checkpoint, '--work-dir', str(training.work_dir), '--out', str(figures)]
    for _ in run_tool(tools / 'test.py', *arguments, log=training.work_dir / 'test.log', root=ROOT):
        pass
    return json.loads(figures.read_text())


def results_table(ours: Training, figures: dict, supervised: Training, supervised_figures: dict) -> Table:
    """The comparison, all on the same test videos."""
    baseline = figures['keypointgan/mean_prior_error']
    table = Table(
        title='Puppets (generated, no benchmark): held-out videos, protocol keypointgan', title_justify='left'
    )
    table.add_column('')
    for heading in ('error, % of image side', 'ratio to mean pose', 'labels', 'iterations', 'minutes'):
        table.add_column(heading, justify='right')

    def add(name: str, error: float, labels: str, training: Training | None) -> None:
        stages = [] if training is None else [str(training.stages[-1]), *map(str, training.stages[:-1])]
        iterations = f'{stages[0]} + {" + ".join(stages[1:])} regressor' if len(stages) > 1 else ''.join(stages)
        minutes = '' if training is None else f'{training.minutes:.1f}'
        table.add_row(name, f'{error:.2f}', f'{error / baseline:.2f}', labels, iterations or '-', minutes or '-')

    add('KeypointGAN', figures['keypointgan/error'], 'no', ours)
    add('mean prior pose', baseline, 'no', None)
    add('same network with labels', supervised_figures['keypointgan/error'], 'yes', supervised)
    return table


def latest_sheet(work_dir: Path) -> Path | None:
    """The last contact sheet of a training."""
    sheets = sorted(work_dir.glob('contact_sheets/*.jpg'))
    return sheets[-1] if sheets else None


def main(arguments: list[str] | None = None, tools: Path = ROOT / 'tools', console: Console | None = None) -> None:
    """Run the demonstration."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--config', default='configs/kpgan_puppets_demo.py', help='default: %(default)s')
    parser.add_argument(
        '--supervised-config', default='configs/supervised_puppets_demo.py', help='default: %(default)s'
    )
    parser.add_argument('--work-dir', help='folder for everything that is written (default: work_dirs/demo/<time>)')
    args = parser.parse_args(arguments)
    console = console or (Console() if sys.stdout.isatty() else Console(width=120))
    work_dir = Path(args.work_dir or ROOT / 'work_dirs' / 'demo' / time.strftime('%Y%m%d_%H%M%S')).resolve()
    config, supervised_config = ((ROOT / path).resolve() for path in (args.config, args.supervised_config))
    flags = ['--amp'] if bfloat16_is_faster() else []
    console.print(f'Precision: {"bfloat16, which is faster on this machine" if flags else "float32"}')
    try:
        ours = train('KeypointGAN, without labels', config, work_dir / 'kpgan', tools, console, *flags)
        figures = test(config, ours, tools)
        supervised = train(
            'The same network with labels', supervised_config, work_dir / 'supervised', tools, console, *flags
        )
        supervised_figures = test(supervised_config, supervised, tools)
    except ToolError as error:
        sys.exit(f'error: {error}')
    except KeyboardInterrupt:
        sys.exit(f'stopped; what there is lies in {work_dir}')
    console.print()
    console.print(results_table(ours, figures, supervised, supervised_figures))
    sheet = latest_sheet(ours.work_dir)
    console.print(f'Contact sheet: {sheet or "none was written"}', soft_wrap=True, highlight=False)
    console.print(
        'Next: look at the contact sheet; train longer with "python tools/train.py configs/kpgan_puppets.py"; '
        'or take your own video (docs/own_video.md).',
        highlight=False,
    )


if __name__ == '__main__':
    main()
