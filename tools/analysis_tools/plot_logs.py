"""Plot losses and validation figures of one or several runs against the iteration."""

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path

import matplotlib

matplotlib.use('Agg')
import matplotlib.pyplot as plt  # noqa: E402  (the backend is chosen first)

# Written beside the figures in every line; nothing to look at.
_NOT_PLOTTED = {'step', 'iter', 'epoch', 'time', 'data_time', 'memory'}

_OTHER_SCALES = ('ratio', 'rate', 'sides', 'share')


def find_log(path: str) -> Path:
    """The log of a run.

    Args:
        path (str): a ``scalars.json``, or a work directory, of which the newest log is taken (not that
            of its regressor's pre-training, which has a work directory of its own inside).

    Raises:
        FileNotFoundError: if there is none.
    """
    if Path(path).is_file():
        return Path(path)
    logs = sorted(Path(path).glob('*/vis_data/scalars.json'))
    if not logs:
        raise FileNotFoundError(f'{path} is neither a log nor a work directory with one (<time>/vis_data/scalars.json)')
    return logs[-1]


def read_log(path: Path) -> dict[str, list[tuple[int, float]]]:
    """Curves ``name -> [(step, value), ...]`` of a log.

    Raises:
        ValueError: if a line is not a record of figures.
    """
    curves = defaultdict(list)
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        try:
            record = json.loads(line)
            step = record['step']
        except (json.JSONDecodeError, KeyError, TypeError) as error:
            raise ValueError(f'{path}, line {number} is not a record of a run ({error})') from error
        for name, value in record.items():
            if name not in _NOT_PLOTTED and isinstance(value, (int, float)):
                curves[name].append((step, value))
    return dict(curves)


def panel_of(name: str) -> str:
    """Curves of one phase or metric share a panel: ``generator/loss_adversarial`` goes to ``generator``.

    Figures of another scale than their neighbours, and those without a phase or metric, have one of their own.
    """
    if name.endswith('lr'):
        return 'learning rate'
    if '/' in name and not any(word in name for word in _OTHER_SCALES):
        return name.split('/')[0]
    return 'loss' if 'loss' in name else name


def plot(logs: dict[str, dict], keys: list[str] | None, out: str) -> list[str]:
    """Draw the curves into one picture, a panel for each phase and metric.

    Args:
        logs (dict[str, dict]): curves of each run, by the run's name.
        keys (list[str], optional): plot the curves whose name contains one of these. Defaults to all.
        out (str): picture to write.

    Returns:
        list[str]: names of the panels.

    Raises:
        ValueError: if nothing is left to plot.
    """
    panels = defaultdict(list)
    for run, curves in logs.items():
        for name, points in curves.items():
            if keys is None or any(key in name for key in keys):
                label = name if len(logs) == 1 else f'{run}: {name}'
                panels[panel_of(name)].append((label, points))
    if not panels:
        available = sorted({name for curves in logs.values() for name in curves})
        raise ValueError(f'no curve is called {keys or "anything"}; there are: {", ".join(available) or "none"}')
    panels = dict(sorted(panels.items(), key=lambda item: item[0] == 'learning rate'))
    figure, axes = plt.subplots(len(panels), 1, figsize=(9, 3.2 * len(panels)), squeeze=False, layout='constrained')
    for axis, (panel, lines) in zip(axes[:, 0], panels.items(), strict=True):
        for label, points in lines:
            # a figure that is measured now and then gets its points marked
            axis.plot(*zip(*points, strict=True), label=label, marker='.' if len(points) < 30 else None, linewidth=1)
        axis.set(title=panel, xlabel='iteration')
        axis.grid(alpha=0.3)
        axis.legend(fontsize='x-small', loc='upper right')
    figure.savefig(out, dpi=120)
    plt.close(figure)
    return list(panels)


def main(arguments: list[str] | None = None) -> None:
    """Run the tool."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('logs', nargs='+', help='work directories, or scalars.json files, of the runs')
    parser.add_argument('--keys', nargs='+', help='only curves whose name contains one of these, e.g. generator error')
    parser.add_argument('--out', default='curves.png', help='picture to write (default: %(default)s)')
    args = parser.parse_args(arguments)
    try:
        panels = plot({path: read_log(find_log(path)) for path in args.logs}, args.keys, args.out)
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f'error: {error}')
    print(f'wrote {args.out}: {", ".join(panels)}')


if __name__ == '__main__':
    main()
