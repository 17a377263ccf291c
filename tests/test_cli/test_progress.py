"""Progress without a terminal: lines with the time left."""

import pytest

from kpgan_mm.cli import progress


def test_lines_with_the_time_left(capsys, monkeypatch):
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr(progress.time, 'monotonic', lambda: next(clock))
    bar = progress.Bar('training', 4)
    for done in range(1, 5):
        bar.show(done, 'loss 1')
    bar.close()
    # Ten seconds a step: nothing at 10, a line at 20, nothing at 30, and the last one in any case.
    lines = capsys.readouterr().out.splitlines()
    assert lines == ['training: 2/4 iterations, 0:00:20 left, loss 1', 'training: 4/4 iterations, 0:00:00 left, loss 1']


@pytest.mark.parametrize('total', [None, 1])
def test_lines_where_the_number_is_not_known(capsys, monkeypatch, total):
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr(progress.time, 'monotonic', lambda: next(clock))
    bar = progress.Bar('predict', total, 'frames')
    for done in (2, 4, 6, 8):
        bar.show(done)
    assert capsys.readouterr().out.splitlines() == ['predict: 4 frames', 'predict: 8 frames']


def test_clock():
    assert progress._clock(3725.4) == '1:02:05'
