"""CUB-200-2011 in the layout of the download: four photos of three species."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.registry import init_default_scope

from kpgan_mm.datasets import AnnotatedFrames
from kpgan_mm.registry import DATASETS
from kpgan_mm.utils.config import load_config
from tests.toys import ROOT, load_tool

converter = load_tool('dataset_converters/cub_to_coco')

# File: species, training, box, (width, height).
PHOTOS = {
    '001.Albatross/a.jpg': (1, 1, (20, 30, 80, 40), (200, 150)),
    '001.Albatross/b.jpg': (1, 0, (150, 0, 60, 120), (200, 150)),
    '002.Laysan/c.jpg': (2, 0, (20, 30, 80, 40), (200, 150)),
    '003.Sooty/d.jpg': (3, 0, (20, 30, 80, 40), (200, 150)),
    '150.Thrasher/e.jpg': (150, 1, (20, 30, 80, 40), (200, 150)),
    '150.Thrasher/f.jpg': (150, 0, (20, 30, 80, 40), (200, 150)),
}
RIGHT_EYE, LEFT_EYE, BEAK = 10, 6, 1


def part_lines(number: int, hidden: tuple = (RIGHT_EYE,), left: float = 30.0) -> list[str]:
    lines = []
    for part in range(15):
        seen = part not in hidden
        x, y = (left + 4 * part, 35.0 + part) if seen else (0.0, 0.0)
        lines.append(f'{number} {part + 1} {x} {y} {int(seen)}')
    return lines


@pytest.fixture
def cub(tmp_path) -> Path:
    root = tmp_path / 'CUB_200_2011'
    (root / 'parts').mkdir(parents=True)
    lists = {name: [] for name in ('images', 'image_class_labels', 'train_test_split', 'bounding_boxes')}
    parts = []
    for number, (file, (species, training, box, (width, height))) in enumerate(PHOTOS.items(), start=1):
        target = root / 'images' / file
        target.parent.mkdir(parents=True, exist_ok=True)
        photo = np.zeros((height, width, 3), np.uint8)
        photo[:, :60] = 255
        cv2.imwrite(str(target), photo)
        lists['images'].append(f'{number} {file}')
        lists['image_class_labels'].append(f'{number} {species}')
        lists['train_test_split'].append(f'{number} {training}')
        lists['bounding_boxes'].append(' '.join([str(number), *(f'{value:.1f}' for value in box)]))
        # The last one shows its right eye only; the fifth almost nothing.
        parts += part_lines(
            number,
            hidden={5: tuple(range(9)), 6: (LEFT_EYE,)}.get(number, (RIGHT_EYE,)),
            left=130.0 if number == 2 else 30.0,
        )
    for name, lines in lists.items():
        (root / f'{name}.txt').write_text('\n'.join(lines) + '\n')
    (root / 'parts' / 'part_locs.txt').write_text('\n'.join(parts) + '\n')
    return root


def frames(file: Path) -> dict[str, dict]:
    return {Path(frame['img_path']).stem: frame for frame in AnnotatedFrames(str(file)).frames}


def test_parts_and_crops(cub, capsys):
    converter.main([str(cub)])
    assert 'wrote 1 birds to train, 4 birds to test, 1 birds to train_three, 1 birds to test_001' in (
        capsys.readouterr().out.replace('.json', '')
    )
    out = cub / 'autolink'
    names = {part: sorted(frames(out / f'{part}.json')) for part in ('train', 'test', 'train_three', 'test_003')}
    # The bird with six visible parts is left out.
    assert names == dict(train=['a'], test=['b', 'c', 'd', 'f'], train_three=['a'], test_003=['d'])
    bird = frames(out / 'train.json')['a']
    # Middle (60, 50), half a side 40: x from 20 to 100, y from 10 to 90.
    expected = (np.stack([30 + 4 * np.arange(15), 35 + np.arange(15)], axis=1) - [20, 10]) / 80 * 128
    expected[RIGHT_EYE] = 0
    np.testing.assert_allclose(bird['keypoints'], expected, atol=1e-3)
    assert bird['keypoints_visible'].tolist() == [1] * 10 + [0] + [1] * 4
    picture = cv2.imread(str(out / 'pictures' / '001.Albatross' / 'a.png'))
    assert picture.shape == (128, 128, 3)
    assert picture[:, :60].min() == 255 and picture[:, 68:].max() == 0  # the edge at 60, (60 - 20) / 80 * 128 = 64
    # A box at the border: the middle is (180, 60), x from 120 to 200 instead of 240, y from 0 to 120, squashed.
    bird = frames(out / 'test.json')['b']
    np.testing.assert_allclose(bird['keypoints'][:2], [[16, 35 / 120 * 128], [22.4, 36 / 120 * 128]], atol=1e-3)
    assert bird['keypoints_visible'].sum() == 14


def test_far_parts_count_as_hidden(cub):
    parts = (cub / 'parts' / 'part_locs.txt').read_text().splitlines()
    # The crop of the first bird is 80 pixels wide and begins at 20.
    parts[0], parts[1] = '1 1 0.5 40.0 1', '1 2 -0.5 40.0 1'
    (cub / 'parts' / 'part_locs.txt').write_text('\n'.join(parts))
    converter.main([str(cub)])
    assert frames(cub / 'autolink' / 'train.json')['a']['keypoints_visible'][:2].tolist() == [1, 0]


def test_released_crop():
    """Photo 200 x 150: 8 and 6 pixels are trimmed, 4 and 3 of them left and above."""
    parts = np.full((15, 2), 50.0)
    parts[0] = 2.0, 50.0
    bird = converter.Bird('a.jpg', 1, True, np.array([20.0, 30.0, 80.0, 40.0]), parts, np.ones(15, bool))
    corners, visible = converter.crop_of(bird, (200, 150), released=True)
    # The lower right corner should be (100, 90).
    assert corners.tolist() == [[20, 10], [104, 93]]
    assert visible.tolist() == [False] + [True] * 14  # the first is in what was trimmed
    corners, visible = converter.crop_of(bird, (200, 150), released=False)
    assert corners.tolist() == [[20, 10], [100, 90]] and visible.all()
    # Nothing to trim, nothing to forget.
    assert converter.crop_of(bird, (160, 160), released=True)[0].tolist() == [[20, 10], [100, 90]]


def test_aligned(cub):
    converter.main([str(cub), '--aligned'])
    out = cub / 'aligned'
    assert not (out / 'test_001.json').exists()
    plain, mirrored = frames(out / 'test.json')['c'], frames(out / 'test.json')['f']
    # Bird f shows its right eye: mirrored, so its left eye is where the right one was.
    assert plain['keypoints_visible'].tolist() == mirrored['keypoints_visible'].tolist()
    x = (30 + 4 * RIGHT_EYE - 20) / 80 * 128
    np.testing.assert_allclose(mirrored['keypoints'][LEFT_EYE, 0], 127 - x, atol=1e-3)
    picture = cv2.imread(str(out / 'pictures' / '150.Thrasher' / 'f.png'))
    assert picture[:, 68:].min() == 255 and picture[:, :60].max() == 0


def test_facing():
    parts, visible = np.zeros((15, 2)), np.zeros(15, bool)

    def right():
        return converter.faces_right(converter.Bird('a', 1, True, np.ones(4), parts, visible))

    visible[[BEAK, 0, 13]] = True
    parts[[0, 13], 0] = 10, 20
    parts[BEAK, 0] = 14
    assert not right()
    parts[BEAK, 0] = 16
    assert right()
    visible[LEFT_EYE] = True
    assert not right()
    visible[RIGHT_EYE] = True
    parts[[LEFT_EYE, RIGHT_EYE], 0] = 60
    assert not right()


def test_configurations_read_it(cub):
    converter.main([str(cub), '--min-visible', '5'])
    init_default_scope('mmpose')
    numbers = {}
    for name in ('cub', 'cub_001', 'cub_002', 'cub_003'):
        cfg = load_config(ROOT / 'configs' / f'autolink_{name}.py', {'data_root': str(cub / 'autolink')})
        datasets = [cfg.train_dataloader.dataset, cfg.test_cfg.fit_dataloader.dataset, cfg.test_dataloader.dataset]
        datasets = [DATASETS.build(dataset) for dataset in datasets]
        assert datasets[0][0]['inputs'].shape == (3, 128, 128)
        numbers[name] = len(datasets[0].source), len(datasets[1]), len(datasets[2])
        sample = datasets[2][0]['data_samples']
        assert sample.gt_instances.keypoints.shape == (1, 15, 2) and not sample.gt_instances.keypoints_visible.all()
        assert cfg.test_evaluator[0].protocol == 'autolink_cub'
    assert numbers == dict(cub=(2, 2, 4), cub_001=(1, 1, 1), cub_002=(1, 1, 1), cub_003=(1, 1, 1))


def test_bad_input(cub):
    def refused(words):
        with pytest.raises(SystemExit, match=words):
            converter.main([str(cub)])

    photo = cub / 'images' / '001.Albatross' / 'a.jpg'
    photo.write_bytes(b'')
    refused('a.jpg is damaged')
    photo.unlink()
    refused('a.jpg is missing')
    parts = cub / 'parts' / 'part_locs.txt'
    parts.write_text('1 16 3.0 4.0 1\n')
    refused('has part 16 of photo 1, which does not exist')
    (cub / 'bounding_boxes.txt').write_text('1 20.0 30.0 80.0\n')
    refused('bounding_boxes.txt, line 1 should have 5 columns')
    (cub / 'train_test_split.txt').unlink()
    refused('train_test_split.txt is missing')
