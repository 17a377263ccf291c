import pytest

from kpgan_mm.utils.tool_runs import ToolError, parse_step, run_tool

LINE = (
    '11/20 18:16:00 - mmengine - INFO - Iter(train) [ 50/1600]  base_lr: 2.0000e-04 generator.lr: 2.0000e-04  '
    'eta: 0:09:10  time: 0.3551  data_time: 0.0012  generator/loss_adversarial: 2.5000  generator/loss: 12.3456  '
    'discriminator/loss: 0.2500  regressor/loss: 0.0010'
)


def test_parse_step():
    assert parse_step(LINE) == (50, 1600, '0:09:10', 'generator 12.3, discriminator 0.25, regressor 0.001')
    long_one = 'Iter(train) [ 1/9]  lr: 1.0e-03  eta: 2 days, 3:04:05  time: 0.1  loss: nan'
    assert parse_step(long_one) == (1, 9, '2 days, 3:04:05', 'loss nan')
    assert parse_step('Iter(val) [10/20]    eta: 0:00:01') is None


def test_output_is_yielded_and_appended_to_the_log(tmp_path):
    tool, log = tmp_path / 'tool.py', tmp_path / 'logs' / 'output.log'
    tool.write_text('import os, sys; print(os.environ["COLOUR"], sys.argv[1], os.getcwd())')
    for word in ('one', 'two'):
        lines = list(run_tool(tool, word, log=log, root=tmp_path, environment=dict(COLOUR='red')))
        assert lines == [f'red {word} {tmp_path}\n']
    assert log.read_text().split() == ['red', 'one', str(tmp_path), 'red', 'two', str(tmp_path)]


def test_a_failure_shows_the_end_of_the_output(tmp_path):
    tool = tmp_path / 'tool.py'
    tool.write_text('import sys; [print("line", i) for i in range(30)]; sys.exit(3)')
    with pytest.raises(ToolError, match=r'tool.py word failed; the end of .*output.log:\n(line \d+\n)+') as error:
        list(run_tool(tool, 'word', log=tmp_path / 'output.log', root=tmp_path))
    assert 'line 29' in str(error.value) and 'line 14' not in str(error.value)


def test_a_reader_that_gives_up_ends_the_tool(tmp_path):
    tool = tmp_path / 'tool.py'
    tool.write_text('import time; print("begun"); time.sleep(60)')
    lines = run_tool(tool, log=tmp_path / 'output.log', root=tmp_path)
    assert next(lines) == 'begun\n'
    lines.close()  # waits for the process, which must have been told to end
