"""Named sets of experiments: what belongs to one, what was measured of it, and the table that says so.

A benchmark is a configuration file (``configs/benchmarks/*.py``) with

- ``title``; ``description``: sentences that stand above the table;
- ``figures``: column heading to the name of a metric, such as ``{'error, %': 'keypointgan/error'}``. The part of the
  metric's name before the slash is its protocol, and stands in the heading;
- ``baselines``: row name to ``{column heading: metric}``, for constants that every run reports anew (mean prior pose);
- ``flags``, ``options``: of ``tools/train.py`` for every run;
- ``published_columns``: headings of published figures, each with its unit;
- ``experiments``: row name to ``dict(config='../kpgan_puppets.py', options={...}, published=[...], note='...')``.
"""

import hashlib
import json
import os
import platform
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import torch
from mmengine.config import Config

from .config import ConfigError, load_config, regressor_options

# What decides the weights that come out, and the images that they are tested on and fitted to. Pictures, logs and
# further metrics do not, so that a result stays valid when one of those is added. Of code and files that a
# configuration names (data, metainfo) nothing is known here: the commit in the result tells.
_DECISIVE = ('model', 'train_dataloader', 'optim_wrapper', 'param_scheduler', 'train_cfg', 'load_from')
_HARMLESS_HOOKS = ('kpgan_mm.ContactSheetHook', 'kpgan_mm.PlainCheckpointHook', 'kpgan_mm.LearnedSkeletonHook')


@dataclass(frozen=True)
class Experiment:
    """A row of a benchmark.

    Attributes:
        name: As in the table.
        config: The configuration file.
        options: ``--cfg-options`` of training and test, without the seed.
        flags: Further arguments of the training.
        published: Published figures, in the order of the benchmark's ``published_columns``.
        note: What the reader of the table should know.
    """

    name: str
    config: Path
    options: dict = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    published: tuple = ()
    note: str = ''

    def seeded(self, seed: int) -> dict:
        """All options of a run, of both stages."""
        return {**self.options, 'randomness.seed': seed, 'regressor.randomness.seed': seed}

    @cached_property
    def hashes(self) -> tuple[str, str | None]:
        """Of everything that decides the result, and of the regressor's part of it; None where there is none."""
        # the data may lie anywhere
        options = {key: value for key, value in self.options.items() if key != 'data_root'}
        cfg = load_config(self.config, options)
        decisive = {key: cfg.get(key) for key in _DECISIVE}
        decisive['test'] = {k: v for k, v in cfg.test_dataloader.items() if k != 'num_workers'}
        decisive['test_cfg'] = cfg.get('test_cfg')
        decisive['hooks'] = [hook for hook in cfg.get('custom_hooks') or [] if hook['type'] not in _HARMLESS_HOOKS]
        stage_hash = None
        if cfg.get('regressor_pretraining'):
            stage = load_config(cfg.regressor_pretraining, regressor_options(options))
            stage_hash = _hash({**{key: stage.get(key) for key in _DECISIVE}, 'flags': self.flags})
        return _hash({**decisive, 'flags': self.flags, 'stage': stage_hash}), stage_hash


def _hash(content: dict) -> str:
    text = json.dumps(Config(dict(content=content)).to_dict(), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


@dataclass(frozen=True)
class Benchmark:
    """A benchmark file, read; attributes as in the module's description."""

    title: str
    description: str
    figures: dict[str, str]
    experiments: list[Experiment]
    baselines: dict[str, dict[str, str]] = field(default_factory=dict)
    published_columns: tuple[str, ...] = ()


def load_benchmark(path: str | Path, options: dict | None = None) -> Benchmark:
    """Read a benchmark file.

    Args:
        path: The file.
        options: ``--cfg-options`` that come after the file's own.

    Raises:
        ConfigError: If it or a configuration does not exist, or it lacks a key.
    """
    path = Path(path)
    if not path.is_file():
        raise ConfigError(f'There is no benchmark {path}; those that come along are in configs/benchmarks.')
    cfg = Config.fromfile(path)
    missing = [key for key in ('title', 'figures', 'experiments') if not cfg.get(key)]
    if missing:
        raise ConfigError(f'{path} does not say {", ".join(missing)}, so it is no benchmark.')
    columns = tuple(cfg.get('published_columns', ()))
    experiments = []
    for name, row in cfg.experiments.items():
        config = (path.parent / row.config).resolve()
        if not config.is_file():
            raise ConfigError(f'{path}: the configuration {row.config} of "{name}" does not exist.')
        if len(row.get('published', ())) not in (0, len(columns)):
            raise ConfigError(f'{path}: "{name}" needs a published figure, or None, for each of {", ".join(columns)}.')
        own = {**cfg.get('options', {}), **row.get('options', {}), **(options or {})}
        experiments.append(
            Experiment(
                name,
                config,
                {key: value for key, value in own.items() if value is not None},
                tuple(row.get('flags', cfg.get('flags', ()))),
                tuple(row.get('published', ())),
                row.get('note', ''),
            )
        )
    return Benchmark(
        cfg.title,
        cfg.get('description', ''),
        dict(cfg.figures),
        experiments,
        {name: dict(row) for name, row in cfg.get('baselines', {}).items()},
        columns,
    )


def run_name(experiment: Experiment, seed: int) -> str:
    """Name of a run: benchmarks that have an experiment in common share its results, and other settings never do."""
    return f'{experiment.config.stem}_{experiment.hashes[0]}_seed{seed}'


def results_of(folder: Path, experiment: Experiment) -> list[dict]:
    """Results of an experiment with its present settings, by ascending seed."""
    files = folder.glob(f'{experiment.config.stem}_{experiment.hashes[0]}_seed*.json')
    return sorted((json.loads(file.read_text()) for file in files), key=lambda result: result['seed'])


def iterations_and_minutes(work_dir: Path) -> tuple[int, float]:
    """How far a training came, and the minutes that its iterations took.

    Over all its sessions; start-up and validation are not counted. Both are 0 where there is no log.
    """
    seconds = {}
    for file in sorted(work_dir.glob('*/vis_data/scalars.json')):
        for entry in map(json.loads, file.read_text().splitlines()):
            if 'iter' in entry and 'time' in entry:  # validation has no "iter"
                # what was repeated after a resumption counts once
                seconds[entry['iter']] = entry['time']
    ends = [0, *sorted(seconds)]
    return ends[-1], sum((end - begin) * seconds[end] for begin, end in zip(ends, ends[1:], strict=False)) / 60


def provenance(root: Path) -> dict:
    """Commit, machine and versions, for a result file."""

    def git(*arguments: str) -> str:
        done = subprocess.run(['git', '-C', str(root), *arguments], capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ''

    # But for the tables, which a benchmark writes itself while it runs.
    changed = git('status', '--porcelain', '--untracked-files=no', '--', ':!docs')
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return dict(
        commit=(git('rev-parse', '--short=10', 'HEAD') or 'unknown') + ('+changes' if changed else ''),
        date=time.strftime('%Y-%m-%d'),
        machine=gpu or f'{_processor()}, {os.cpu_count()} cores',
        python=platform.python_version(),
        torch=torch.__version__,
    )


def _processor() -> str:
    info = Path('/proc/cpuinfo')
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.split(':', 1)[1] for line in lines if line.startswith('model name')]
    return ' '.join((names[0] if names else platform.processor() or platform.machine()).split())


def markdown_table(benchmark: Benchmark, folder: Path) -> str:
    """What has been measured so far, as a markdown document."""
    rows, machines, of_all = [], set(), []
    for experiment in benchmark.experiments:
        results = results_of(folder, experiment)
        of_all += results
        machines |= {f'{result["machine"]}, torch {result["torch"]}' for result in results}
        cells = [_mean([result['figures'].get(name) for result in results]) for name in benchmark.figures.values()]
        rows.append(
            [
                experiment.name + (f' ({experiment.note})' if experiment.note else ''),
                *cells,
                *(
                    ['-' if value is None else str(value) for value in experiment.published]
                    or ['-'] * len(benchmark.published_columns)
                ),
                ', '.join(str(result['seed']) for result in results) or 'not run',
                _mean([result['iterations'] for result in results], digits=0),
                _mean([result['minutes']['training'] for result in results], digits=1),
                ', '.join(sorted({result['commit'] for result in results})) or '-',
                experiment.hashes[0],
            ]
        )
    for name, figures in benchmark.baselines.items():
        cells = [
            _mean([r['figures'].get(figures[c]) for r in of_all] if c in figures else []) for c in benchmark.figures
        ]
        rows.append([name, *cells, *['-'] * (len(benchmark.published_columns) + 5)])
    header = [
        'experiment',
        *(f'{heading} [`{name.split("/")[0]}`]' for heading, name in benchmark.figures.items()),
        *(f'published: {heading}' for heading in benchmark.published_columns),
        'seeds', 'iterations', 'minutes', 'commit', 'config',
    ]  # fmt: skip
    lines = [f'# {benchmark.title}', '', benchmark.description.strip(), '']
    lines += ['| ' + ' | '.join(row) + ' |' for row in (header, ['---'] * len(header), *rows)]
    lines += [
        '',
        'Mean ± standard deviation over seeds; the name in square brackets is the protocol. "Minutes" are those of the '
        'main training\'s iterations. "Config" is a hash of all settings that decide the result.'
        + (' "Published" figures are the paper\'s own, on its data, not ours.' if benchmark.published_columns else ''),
        '',
        f'Machines: {"; ".join(sorted(machines)) or "none yet"}.',
    ]
    return '\n'.join(lines) + '\n'


def _mean(values: list, digits: int = 3) -> str:
    values = [value for value in values if value is not None]
    if not values:
        return '-'
    text = f'{statistics.fmean(values):.{digits}f}'
    # A deviation of nothing, as constants and numbers of iterations have, says nothing.
    return text if len(set(values)) == 1 or digits == 0 else f'{text} ± {statistics.stdev(values):.{digits}f}'
