import json
import re
import subprocess
import textwrap

import pytest

from kpgan_mm.utils.benchmarks import (
    iterations_and_minutes,
    load_benchmark,
    markdown_table,
    provenance,
    results_of,
    run_name,
)
from kpgan_mm.utils.config import ConfigError
from tests.toys import ROOT

BENCHMARK = """
    title = 'Two rows'
    figures = {{'error, %': 'keypointgan/error'}}
    baselines = {{'constant': {{'error, %': 'keypointgan/mean_prior_error'}}}}
    published_columns = ['humans']
    options = {{'train_cfg.max_iters': 10}}
    experiments = {{
        'first': dict(config='{configs}/kpgan_puppets.py', published=[2.5]),
        'second': dict(config='{configs}/kpgan_puppets.py', options={{'model.pool_size': 3}}, note='small pool'),
    }}
    """


@pytest.fixture
def file(tmp_path):
    path = tmp_path / 'two_rows.py'
    path.write_text(textwrap.dedent(BENCHMARK.format(configs=ROOT / 'configs')))
    return path


def result(seed, error, minutes=2.0, **changes):
    content = dict(
        seed=seed,
        figures={'keypointgan/error': error, 'keypointgan/mean_prior_error': 8.0},
        iterations=10,
        minutes=dict(training=minutes, regressor=0.0),
        commit='abc',
        machine='a machine',
        torch='2.0',
    )
    return json.dumps(content | changes)


def test_rows_know_their_settings(file):
    first, second = load_benchmark(file).experiments
    assert first.seeded(3) == {
        'train_cfg.max_iters': 10,
        'randomness.seed': 3,
        'regressor.randomness.seed': 3,
    }
    assert second.options == {'train_cfg.max_iters': 10, 'model.pool_size': 3}
    assert first.hashes != second.hashes and first.hashes[1] == second.hashes[1]


def test_the_hash_is_of_what_decides_the_result(file):
    first = load_benchmark(file).experiments[0]

    def digest(**options):
        return load_benchmark(file, options).experiments[0].hashes

    assert digest() == first.hashes
    assert digest(data_root='/elsewhere') == first.hashes
    assert digest(**{'default_hooks.logger.interval': 7}) == first.hashes
    assert digest(**{'test_dataloader.num_workers': 1}) == first.hashes
    for option in (
        {'train_dataloader.batch_size': 8},
        {'test_cfg.fit_dataloader.dataset.num_videos': 9},
        {'custom_hooks': [dict(type='EMAHook')]},
    ):
        assert digest(**option)[0] != first.hashes[0]
    changed = digest(**{'regressor.train_cfg.max_iters': 9})
    assert changed[0] != first.hashes[0] and changed[1] != first.hashes[1]


def test_table_by_hand(file, tmp_path):
    benchmark = load_benchmark(file)
    first = benchmark.experiments[0]
    for seed, error in ((0, 4.0), (1, 6.0)):
        (tmp_path / f'{run_name(first, seed)}.json').write_text(result(seed, error))
    # of other settings: not in the table
    (tmp_path / 'kpgan_puppets_0123456789_seed2.json').write_text(result(2, 100.0))
    assert [r['seed'] for r in results_of(tmp_path, first)] == [0, 1]
    lines = [line for line in markdown_table(benchmark, tmp_path).splitlines() if line.startswith('|')]
    rows = [[cell.strip() for cell in line.strip('|').split('|')] for line in lines]
    assert rows[0][:3] == ['experiment', 'error, % [`keypointgan`]', 'published: humans']
    # the deviation of 4 and 6 is the root of 2
    assert rows[2][:7] == ['first', '5.000 ± 1.414', '2.5', '0, 1', '10', '2.0', 'abc']
    assert rows[3][:4] == ['second (small pool)', '-', '-', 'not run']
    assert rows[4][:2] == ['constant', '8.000']


def test_minutes_of_interrupted_trainings(tmp_path):
    """50 iterations of 2 s, 25 of 4 s repeated after a resumption as 25 of 6 s, a validation that does not count."""
    sessions = {
        '1': [dict(iter=50, time=2.0, lr=1), dict(iter=75, time=4.0, lr=1), {'step': 75, 'time': 9.0}],
        '2': [dict(iter=75, time=6.0, lr=1)],
    }
    for name, entries in sessions.items():
        folder = tmp_path / name / 'vis_data'
        folder.mkdir(parents=True)
        (folder / 'scalars.json').write_text('\n'.join(map(json.dumps, entries)))
    iterations, minutes = iterations_and_minutes(tmp_path)
    assert iterations == 75 and minutes == pytest.approx((50 * 2 + 25 * 6) / 60)
    assert iterations_and_minutes(tmp_path / 'nothing') == (0, 0)


@pytest.mark.parametrize(
    ('old', 'new', 'message'),
    [
        ('title', 'name', 'does not say title'),
        ('published=[2.5]', 'published=[2.5, 1]', '"first" needs a published figure, or None, for each of humans'),
        ('kpgan_puppets.py', 'kpgan_muppets.py', r'configuration .*kpgan_muppets.py of "first" does not exist'),
    ],
)
def test_mistakes(file, old, new, message):
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(ConfigError, match=message):
        load_benchmark(file)


def test_missing_file():
    with pytest.raises(ConfigError, match='no benchmark nowhere.py'):
        load_benchmark('nowhere.py')


@pytest.mark.parametrize('path', sorted((ROOT / 'configs' / 'benchmarks').glob('*.py')), ids=lambda path: path.stem)
def test_those_that_come_along(path):
    """They load, and every row's settings can be merged into its configuration."""
    benchmark = load_benchmark(path)
    assert all(len(experiment.hashes[0]) == 10 for experiment in benchmark.experiments)
    assert all('/' in name for name in benchmark.figures.values())


def test_changes_are_named_but_for_documents(tmp_path):
    def git(*arguments):
        identity = ['-c', 'user.name=me', '-c', 'user.email=me@example.org']
        subprocess.run(['git', '-C', str(tmp_path), *identity, *arguments], check=True, capture_output=True)

    git('init')
    (tmp_path / 'docs').mkdir()
    for name in ('code.py', 'docs/table.md'):
        (tmp_path / name).write_text('before')
    git('add', '.')
    git('commit', '-m', 'all')
    (tmp_path / 'docs/table.md').write_text('after')
    assert re.fullmatch('[0-9a-f]{10}', provenance(tmp_path)['commit'])
    (tmp_path / 'code.py').write_text('after')
    assert provenance(tmp_path)['commit'].endswith('+changes')
