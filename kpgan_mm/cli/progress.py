"""Progress of a training or test: a bar with the time left, or a line now and then where there is no terminal."""

import atexit
import contextlib
import os
import time

from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from kpgan_mm.utils.cli import build_runner

from .output import console

# Seconds between lines without a terminal.
_INTERVAL = 15.0


class Bar:
    """A bar on a terminal, lines elsewhere.

    Args:
        name: What is in progress.
        total: Steps of it; None if nobody knows.
        unit: What a step is called in lines.
    """

    def __init__(self, name: str, total: int | None, unit: str = 'iterations') -> None:
        self.name, self.total, self.unit = name, total, unit
        self._console = console()
        self._began = self._printed = time.monotonic()
        self._first = None
        self._progress = None
        if self._console.is_terminal:
            columns = (TextColumn('{task.description}'), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            note = TextColumn('{task.fields[note]}')
            self._progress = Progress(*columns, TimeRemainingColumn(), note, console=self._console)
            self._task = self._progress.add_task(name, total=total, note='')
            self._progress.start()
            atexit.register(self.close)  # after Ctrl-C the cursor would stay hidden

    def show(self, done: int, note: str = '') -> None:
        """Says that so many steps are done."""
        self._first = done - 1 if self._first is None else self._first
        if self._progress is not None:
            self._progress.update(self._task, completed=done, note=note)
            return
        now = time.monotonic()
        if now - self._printed < _INTERVAL and done != self.total:
            return
        self._printed = now
        if self.total is None or done > self.total:  # there are more than was known
            self.print(f'{self.name}: {done} {self.unit}{note and ", "}{note}')
        else:
            left = (now - self._began) / max(done - self._first, 1) * (self.total - done)
            self.print(f'{self.name}: {done}/{self.total} {self.unit}, {_clock(left)} left{note and ", "}{note}')

    def print(self, line: str) -> None:
        """Prints a line above the bar."""
        self._console.print(line, soft_wrap=True)

    def close(self) -> None:
        """Takes the bar's hands off the terminal."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


class TrainProgressHook(Hook):
    """Shows iterations, time left, losses and the figures of every validation.

    Args:
        name: Of the stage.
    """

    priority = 'VERY_LOW'

    def __init__(self, name: str) -> None:
        self.name, self.bar = name, None

    def before_train(self, runner: Runner) -> None:
        """Starts the bar."""
        self.bar = Bar(self.name, runner.max_iters)

    def after_train_iter(self, runner: Runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        """Moves the bar."""
        names = [name for name in outputs or {} if name.rsplit('/', 1)[-1] == 'loss']
        note = ', '.join(f'{name.replace("/loss", "")} {_number(outputs[name]):.3g}' for name in names)
        self.bar.show(runner.iter + 1, note)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Prints the figures of a validation."""
        figures = ', '.join(f'{name} {value:.3g}' for name, value in (metrics or {}).items() if _is_number(value))
        if figures and self.bar is not None:
            self.bar.print(f'{self.name}, iteration {runner.iter}: {figures}')

    def after_train(self, runner: Runner) -> None:
        """Ends the bar."""
        self.bar.close()


class TestProgressHook(Hook):
    """Shows how many batches of a test are done."""

    __test__ = False

    def before_test(self, runner: Runner) -> None:
        """Starts the bar."""
        self.bar = Bar('test', len(runner.test_dataloader), 'batches')

    def after_test_iter(self, runner: Runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        """Moves the bar."""
        self.bar.show(batch_idx + 1)

    def after_test(self, runner: Runner) -> None:
        """Ends the bar."""
        self.bar.close()


def build_quietly(cfg: Config, training: bool) -> Runner:
    """A Runner as the tools build it, that shows its progress and leaves its log to the log file.

    Args:
        cfg: The configuration.
        training: Whether it will train, or else test.
    """
    # MMEngine's logger keeps the stream that it meets here; its file in the work directory gets everything.
    sink = open(os.devnull, 'w')  # noqa: SIM115  (the logger writes to it as long as it lives)
    with contextlib.redirect_stdout(sink):
        runner = build_runner(cfg, training)
    stage = 'regressor' if cfg.model.get('type', '').endswith('RegressorPretraining') else 'training'
    runner.register_hook(TrainProgressHook(stage) if training else TestProgressHook())
    return runner


def _number(value) -> float:
    return float(value.detach() if hasattr(value, 'detach') else value)


def _is_number(value) -> bool:
    return isinstance(value, float | int) and not isinstance(value, bool)


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f'{hours}:{minutes:02}:{seconds:02}'
