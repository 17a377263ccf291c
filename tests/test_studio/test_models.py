import base64

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from kpgan_mm.apis import edit_keypoints, reenact
from kpgan_mm.studio.errors import StudioError
from kpgan_mm.studio.models import StudioModel, View, find_config
from kpgan_mm.studio.painting import Remembering
from tests.test_models.test_autolink import autolink_config
from tests.test_models.test_imm import imm_config
from tests.toys import METAINFO, SIZE, model_config

POINTS = [[10.0, 5.0], [20.0, 15.0], [30.0, 25.0], [12.0, 28.0]]


def picture(url: str) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(base64.b64decode(url.split(',')[1]), np.uint8), cv2.IMREAD_COLOR)


@pytest.fixture(scope='module')
def views():
    rng = np.random.default_rng(0)
    return [View((name, 0), rng.integers(0, 255, (32, 48, 3), dtype=np.uint8)) for name in 'ab']


def test_what_it_is(toy_model):
    described = toy_model.describe()
    assert described['name'].endswith('/iter_7') and described['kind'] == 'KeypointGAN'
    assert described['input_size'] == [SIZE, SIZE] and described['padding'] == 1.0
    assert described['cannot'] == dict(reconstruct=None, drag=None, swap=None) and described['notes'] == []
    skeleton = described['skeleton']
    assert skeleton['names'] == ['head', 'hip', 'left_foot', 'right_foot'] and skeleton['colors'] == ['#ff0000'] * 4
    assert skeleton['links'] == [[0, 1], [1, 2], [1, 3]] and skeleton['swaps'] == [0, 1, 3, 2]


def test_it_reads_and_paints_as_the_functions_for_figures_do(toy_model, views):
    model, image, other = toy_model.model, views[0].image, views[1].image
    read = toy_model.read(views[0])
    edited = edit_keypoints(model, image, keypoints=np.array(POINTS))
    np.testing.assert_allclose(read['keypoints'], edited.keypoints[0], atol=1e-3)
    assert len(read['scores']) == 4
    assert abs(picture(read['pictures']['crop']).astype(int) - edited.image).max() <= 1
    assert abs(picture(read['pictures']['reconstruction']).astype(int) - edited.pictures[0]).max() <= 1
    painted = toy_model.paint(views[0], POINTS)['pictures']
    assert abs(picture(painted['reconstruction']).astype(int) - edited.pictures[1]).max() <= 1
    swapped = picture(toy_model.read(views[0], views[1])['pictures']['reconstruction'])
    assert abs(swapped.astype(int) - reenact(model, image, other)).max() <= 1
    dragged = picture(toy_model.paint(views[0], read['keypoints'], views[1])['pictures']['reconstruction'])
    assert abs(dragged.astype(int) - swapped).max() <= 1


def test_the_crop_maps_keypoints_to_the_painted_picture(toy_model, views):
    crop = toy_model.read(View(('a', 0), views[0].image, (8.0, 0.0, 40.0, 32.0)))['crop']
    assert crop == dict(size=[SIZE, SIZE], center=[24.0, 16.0], scale=[32.0, 32.0])


def test_an_appearance_is_encoded_once(toy_model, views):
    toy_model.paint(views[0], POINTS)
    encoder = toy_model.model.generator.appearance_encoder
    calls = []
    handle = encoder.module.register_forward_hook(lambda *_: calls.append(1))
    for shift in range(3):
        toy_model.paint(views[0], np.add(POINTS, shift).tolist())
    handle.remove()
    assert isinstance(encoder, Remembering) and not calls


def test_remembering_forgets_the_oldest():
    class Count(nn.Module):
        calls = 0

        def forward(self, value):
            self.calls += 1
            return value + 1

    module = Remembering(Count())
    questions = [torch.full((), float(number)) for number in range(9)]
    assert [float(module(question)) for question in questions] == list(range(1, 10))
    module(questions[8])
    assert module.module.calls == 9
    module(questions[0])
    assert module.module.calls == 10 and len(module.answers) == 8


@pytest.mark.parametrize(
    'points',
    [None, [[1, 2]], [[1, 2]] * 5, [[1, 2], [3]] * 2, [[1, float('nan')]] * 4, [['a', 'b']] * 4, [[1e9, 0]] * 4],
)
def test_keypoints_that_are_none(toy_model, views, points):
    with pytest.raises(StudioError, match='keypoints must be 4 pairs of finite numbers'):
        toy_model.paint(views[0], points)


def test_autolink_drags_but_does_not_swap(load_model, views):
    model = load_model(autolink_config())
    described = model.describe()
    assert described['cannot']['drag'] is None and 'AutoLink takes it from' in described['cannot']['swap']
    assert (
        described['skeleton']['names'][0] == 'keypoint_0' and 'appearances cannot be swapped' in described['notes'][0]
    )
    read = model.read(views[0])
    assert 'links' in read and len(read['keypoints']) == len(described['skeleton']['names'])
    same = model.paint(views[0], read['keypoints'])['pictures']
    for name in ('reconstruction', 'clean_skeleton'):
        assert picture(same[name]).shape == (*model.size, 3)
    assert abs(picture(same['reconstruction']).astype(int) - picture(read['pictures']['reconstruction'])).max() <= 1
    with pytest.raises(ValueError, match='AutoLink'):
        model.paint(views[0], read['keypoints'], views[1])


def test_imm_drags_and_swaps(load_model, views):
    model = load_model(imm_config())
    assert model.describe()['cannot'] == dict(reconstruct=None, drag=None, swap=None)
    read = model.read(views[0], views[1])
    same = model.paint(views[0], read['keypoints'], views[1])['pictures']
    for name in ('reconstruction', 'clean_skeleton'):
        assert abs(picture(same[name]).astype(int) - picture(read['pictures'][name])).max() <= 1


def test_an_ablation_without_reference_does_not_swap(load_model, views):
    generator = dict(type='kpgan_mm.UnconditionalGenerator', base_channels=2)
    model = load_model(model_config(generator=generator, bottleneck=False))
    assert 'looks at none' in model.describe()['cannot']['swap'] and 'ablation' in model.describe()['notes'][0]
    with pytest.raises(ValueError, match='looks at none'):
        model.paint(views[0], POINTS, views[1])


def test_a_model_that_hands_out_some_keypoints_is_not_dragged(load_model, views):
    metainfo = {**METAINFO, 'keypoint_info': dict(list(METAINFO['keypoint_info'].items()))}
    model = load_model(
        model_config(test_cfg=dict(output_keypoint_indices=[0, 1, 2, 3]), head=None) | model_head(metainfo)
    )
    assert 'output_keypoint_indices' in model.describe()['cannot']['drag']
    with pytest.raises(ValueError, match='output_keypoint_indices'):
        model.paint(views[0], POINTS)


def model_head(metainfo):
    return dict(head=model_config()['head'] | dict(metainfo=metainfo))


def test_a_supervised_model_only_predicts(load_model, views):
    head = model_config()['head']
    model = load_model(
        dict(type='TopdownPoseEstimator', backbone=model_config()['backbone'], head=head, data_preprocessor=dict(
            type='PoseDataPreprocessor', mean=[127.5] * 3, std=[127.5] * 3, bgr_to_rgb=True))
    )  # fmt: skip
    assert 'has no generator' in model.describe()['cannot']['drag']
    read = model.read(views[0])
    assert list(read['pictures']) == ['crop'] and len(read['keypoints']) == 4
    expected = cv2.warpAffine(
        views[0].image, np.float64([[2 / 3, 0, 0], [0, 2 / 3, 16 * 2 / 3 - 5.333333]]), (SIZE, SIZE)
    )
    assert picture(read['pictures']['crop']).shape == expected.shape


def test_the_config_is_found_beside_the_checkpoint(toy_checkpoint, tmp_path):
    assert find_config(toy_checkpoint).name == 'toy.py'
    with pytest.raises(FileNotFoundError, match='there is no checkpoint'):
        find_config(tmp_path / 'nothing.pth')
    (tmp_path / 'alone.pth').touch()
    with pytest.raises(ValueError, match='there are 0 .py files beside it: name it with --config'):
        find_config(tmp_path / 'alone.pth')
    assert StudioModel.load(toy_checkpoint, toy_checkpoint.with_name('toy.py'), 'cpu', False).size == (SIZE, SIZE)
