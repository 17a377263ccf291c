import pytest

from tests.toys import load_tool


@pytest.fixture(scope='module')
def tool():
    return load_tool('benchmarks/data_pipeline')


def test_all_sides_are_measured(tool, tmp_path):
    result = tool.measure(tmp_path / 'data', size=64, num_videos=2, num_frames=4, batches=1, repeats=1)
    sides = {'plain', 'originals', 'packed', 'mp4', 'mp4 packed'}
    assert set(result['frames_per_second']) == set(result['frames_per_second_of_the_clock']) == sides
    assert set(result['frames_read_per_second']) == sides - {'plain'}
    assert set(result['ratio']) == {'plain', 'originals', 'mp4'} == {'plain', *result['reading_ratio']}
    assert all(rate > 0 for rate in result['frames_per_second'].values())
    assert result['bytes_per_frame']['packed'] > 128 * 128 * 3


def test_the_plain_side(tool, tmp_path):
    tool.write_originals(tmp_path / 'data', 1, 2, 32)
    sample = tool.PlainPairs(tmp_path / 'data', 1, 2)[3]
    assert sample['inputs'].shape == sample['ref_inputs'].shape == (3, 32, 32)
    assert sample['keypoints'].shape == sample['prior_keypoints'].shape == (32, 2)
    assert -1 <= sample['inputs'].min() < 0 < sample['inputs'].max() <= 1


def test_the_table(tool, monkeypatch, capsys):
    result = dict(
        size=64,
        bytes_per_frame=dict(originals=1000.0, packed=2000.0),
        frames_per_second={'plain': 10.0, 'originals': 20.0, 'packed': 60.0},
        ratio={'plain': 6.0, 'originals': 3.0},
        frames_read_per_second={'originals': 30.0, 'packed': 600.0},
        reading_ratio={'originals': 20.0},
    )
    monkeypatch.setattr(tool, 'measure', lambda *_: result)
    tool.main([])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == '64 x 64 pixels, bytes a frame: 1,000 as files, 2,000 packed'
    assert lines[3].split() == ['originals', '20', '3.0', 'x', '30', '20.0', 'x']
    tool.main(['--json'])
    assert '"size": 64' in capsys.readouterr().out
