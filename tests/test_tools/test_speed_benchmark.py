"""The speed benchmark with tiny sizes: every part runs, sides agree, and one that computes something else is found."""

import dataclasses
import json
import resource
import subprocess
import sys

import pytest
import torch

from tests.toys import ROOT, load_tool


@pytest.fixture(scope='module')
def tool():
    sys.path.insert(0, str(ROOT / 'tools' / 'benchmarks'))
    yield load_tool('benchmarks/speed')
    sys.path.remove(str(ROOT / 'tools' / 'benchmarks'))


def in_this_process(tool, cases):
    return {side: tool.Bench(side, cases, threads=1) for side in tool.sides_of(cases)}


@pytest.mark.parametrize(
    'part', ['renderer', 'soft_argmax', 'thin_plate_spline', 'perceptual_loss', 'prediction', 'evaluation', 'growth']
)
def test_part_runs_and_its_sides_agree(tool, part):
    cases = tool.plan([part], tiny=True)
    results = tool.measure_all(cases, in_this_process(tool, cases), repeats=2, report=lambda line: None)
    assert [result['case'] for result in results] == [case.name for case in cases]
    for case, result in zip(cases, results, strict=True):
        assert result['sides'].keys() == case.sides.keys()
        for measured in result['sides'].values():
            assert len(measured['seconds']) == 2 and min(measured['seconds']) > 0 and measured['peak_bytes'] >= 0
        if len(case.sides) > 1 and 'reference' in case.sides:
            assert 'largest_difference' in result['sides']['ours']


def test_a_training_step_is_the_same_mathematics(tool):
    """In float64: losses of all phases and the gradients of all networks."""
    cases = tool.plan(['step'], tiny=True)
    workers = in_this_process(tool, cases)
    ours, reference = (torch.load(workers[side].prepare(0)) for side in ('ours', 'reference'))
    phases = ('generator', 'discriminator', 'regressor')
    assert set(reference) == {f'{kind}, {phase}' for kind in ('loss', 'gradient') for phase in phases}
    from speed_benchmark.cases import check_equal

    assert check_equal(cases[0], 'ours', ours, reference) < 1e-5


def test_a_side_that_computes_something_else_is_found(tool):
    case = tool.plan(['soft_argmax'], tiny=True)[0]

    def wrong():
        call = case.sides['ours']()
        return lambda: {name: value * 1.01 for name, value in call().items()}

    cases = [dataclasses.replace(case, sides={**case.sides, 'ours': wrong})]
    with pytest.raises(tool.UnequalError, match='soft_argmax, .* of ours differs from the reference by 1.0e-02'):
        tool.measure_all(cases, in_this_process(tool, cases), repeats=1, report=lambda line: None)


def test_nan_and_other_names_are_differences(tool):
    from speed_benchmark.cases import check_equal

    case = tool.plan(['soft_argmax'], tiny=True)[0]
    one, bad = dict(value=torch.ones(2)), dict(value=torch.tensor([1.0, torch.nan]))
    with pytest.raises(tool.UnequalError, match='differs'):
        check_equal(case, 'ours', bad, one)
    with pytest.raises(tool.UnequalError, match='computes'):
        check_equal(case, 'ours', dict(other=torch.ones(2)), one)


def test_command_writes_json_and_a_table(tool, tmp_path, capfd):
    out = tmp_path / 'results' / 'speed.json'
    arguments = ['--parts', 'soft_argmax', 'thin_plate_spline', '--tiny', '--repeats', '2', '--threads', '1']
    assert tool.main([*arguments, '--out', str(out)]) == 0
    report = json.loads(out.read_text())
    assert [result['part'] for result in report['results']] == ['soft_argmax', 'thin_plate_spline']
    assert report['machine']['threads'] == 1 and report['repeats'] == 2 and '--tiny' in report['command']
    table = out.with_suffix('.md').read_text()
    assert table.count('| reference |') == 2 and table.count('| ours |') == 2
    assert 'times faster' in capfd.readouterr().out


def test_work_of_child_processes_counts_and_their_memory_is_blank(tool):
    from speed_benchmark.report import rows

    case = tool.plan(['startup'], tiny=True)[0]
    work = [sys.executable, '-c', 'sum(range(3_000_000))']
    case = dataclasses.replace(case, sides=dict(ours=lambda: lambda: subprocess.run(work, check=True) and {}))
    workers = dict(ours=tool.Bench('ours', [case], threads=1, processor_time=True))
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    results = tool.measure_all([case], workers, repeats=1, report=lambda line: None)
    of_children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before  # of a warm-up and a timed call
    assert results[0]['sides']['ours']['seconds'][0] > of_children / 4
    assert rows(results)[0][5] == ''


def test_a_worker_that_ended_is_one_sentence(tool, tmp_path, monkeypatch):
    from speed_benchmark import workers

    script = tmp_path / 'ends.py'
    script.write_text('')
    monkeypatch.setattr(workers, '_SPEED', script)
    worker = workers.Worker('ours', [])
    worker.process.wait()
    with pytest.raises(RuntimeError, match='the process of side "ours" ended'):
        worker.prepare(0)
    worker.close()


def test_verdicts_of_targets(tool):
    from speed_benchmark.report import rows

    sides = dict(reference=dict(seconds=[3.0], peak_bytes=60), ours=dict(seconds=[1.0], peak_bytes=20))
    targets = dict(ours=dict(faster=3.0, memory=0.2))
    row = rows([dict(part='p', case='c', images=6, sides=sides, targets=targets)])[1]
    assert row[3:] == ('1000', '6', '0.0', '3.00', '0.33', '3 x faster: reached; 0.2 of the memory: missed')


@pytest.mark.parametrize('arguments', [['--repeats', '0'], ['--out', 'table.txt'], ['--parts', 'tea']])
def test_refuses_arguments(tool, arguments):
    with pytest.raises(SystemExit):
        tool.parse_args(arguments)
