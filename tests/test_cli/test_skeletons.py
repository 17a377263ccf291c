"""Skeletons of one's own in YAML: what they become, and the line of what is wrong."""

import pytest

from kpgan_mm.cli.project.skeletons import find_skeleton
from kpgan_mm.geometry import Skeleton
from kpgan_mm.utils.config import ConfigError
from kpgan_mm.utils.metainfo import load_metainfo

GOOD = 'keypoints: [a, b, c]\nlinks:\n  - [a, b]\n  - [b, c]\nmirror: [[a, c]]\n'


def written(tmp_path, text):
    file = tmp_path / 'figure.yaml'
    file.write_text(text)
    return str(file)


def test_keypoints_links_and_mirror_pairs(tmp_path):
    skeleton = find_skeleton(written(tmp_path, GOOD))
    assert skeleton.keypoint_names == ['a', 'b', 'c'] and skeleton.flip_indices == [2, 1, 0]
    (tmp_path / 'skeleton.py').write_text(skeleton.text)
    assert load_metainfo(dict(from_file=str(tmp_path / 'skeleton.py'))) == skeleton.metainfo
    assert Skeleton.from_metainfo(skeleton.metainfo).links == ((0, 1), (1, 2))
    colors = [info['color'] for info in skeleton.metainfo['keypoint_info'].values()]
    assert len({tuple(color) for color in colors}) == 3  # left, axis, right


@pytest.mark.parametrize(
    ('old', 'new', 'message'),
    [
        ('  - [b, c]', '  - [b, d]', 'line 4: the link names "d"'),
        ('  - [b, c]', '  - [b, b]', 'line 4: a link needs two different'),
        ('  - [b, c]', '  - b', 'line 4: a link is two keypoints'),
        ('  - [b, c]\n', '', 'no link has c'),
        ('[a, b, c]', '[a, b, b]', 'line 1: the keypoint "b" is there twice'),
        ('[a, b, c]', '[a, [b], c]', 'line 1: a keypoint is a name'),
        ('[[a, c]]', '[[a, c], [c, b]]', 'line 5: "c" is in two mirror pairs'),
        ('mirror', 'mirrors', 'line 5: "mirrors" is not known'),
        ('[[a, c]]', 'a', 'line 5: mirror should be a list'),
        ('keypoints: [a, b, c]\n', '', 'has no keypoints'),
        ('[a, b, c]', '[a, b, c', 'this is no YAML'),
        (GOOD, 'a', 'should hold keypoints'),
    ],
)
def test_mistakes_are_named_with_their_line(tmp_path, old, new, message):
    assert old in GOOD
    with pytest.raises(ConfigError, match='figure.yaml') as error:
        find_skeleton(written(tmp_path, GOOD.replace(old, new)))
    assert message in str(error.value)


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path):
    (tmp_path / 'latin.yaml').write_bytes('keypoints: [Fuß, b]'.encode('latin-1'))
    (tmp_path / 'wrong.py').write_text('dataset_info = (')
    (tmp_path / 'fails.py').write_text('dataset_info = dict(keypoint_info=nothing)')
    for name in ('latin.yaml', 'wrong.py', 'fails.py'):
        with pytest.raises(ConfigError, match=f'{name} cannot be read as') as error:
            find_skeleton(str(tmp_path / name))
        assert '\n' not in str(error.value)


def test_a_metainfo_file_will_do_as_well(tmp_path):
    file = tmp_path / 'own.py'
    file.write_text(find_skeleton('cat').text)
    assert find_skeleton(str(file)).keypoint_names == find_skeleton('cat').keypoint_names
    with pytest.raises(ConfigError, match='There is no skeleton file'):
        find_skeleton('nowhere.yaml')
