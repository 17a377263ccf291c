import re

from tests.toys import load_tool

tool = load_tool('benchmarks/edge_map')


def test_measures_both_sides_in_turns(capsys):
    tool.main(['--batch-size', '2', '--size', '64', '--keypoints', '16', '--repeats', '1', '--sigma-squared', '0.01'])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(':')[0].strip() for line in lines[:2]] == ['plain', 'ours']
    assert float(re.search(r'memory: 1/([\d.]+)', lines[2]).group(1)) > 2
    differences = [float(value) for value in re.findall(r'\d\.\de[-+]\d+', lines[3])]
    assert len(differences) == 3 and max(differences) < 1e-4
