import cv2
import numpy as np
import pytest
import torch
from mmpose.datasets.transforms import PackPoseInputs
from mmpose.datasets.transforms.formatting import image_to_tensor

from kpgan_mm.datasets.transforms import LoadFramePair, LoadPacked, MaskBackground, PackPairInputs, picture_tensor
from kpgan_mm.registry import TRANSFORMS
from tests.test_datasets.test_frame_packing import assert_same

RNG = np.random.default_rng(0)
FIRST, SECOND = RNG.integers(0, 255, (2, 6, 8, 3), dtype=np.uint8)


def pair(**entries):
    return dict(video_id='v', frame_id=0, ref_frame_id=4) | entries


def test_pair_from_memory_and_from_files(tmp_path):
    results = LoadFramePair()(pair(img=FIRST, ref_img=SECOND))
    assert results['img'][0] is FIRST and results['img'][1] is SECOND
    assert results['img_shape'] == results['ori_shape'] == (6, 8)
    np.testing.assert_array_equal(results['bbox'], [[0, 0, 8, 6]])
    for name, image in (('a', FIRST), ('b', SECOND)):
        cv2.imwrite(str(tmp_path / f'{name}.png'), image)
    box = np.array([[1.0, 1, 3, 3]])
    paths = dict(img_path=str(tmp_path / 'a.png'), ref_img_path=str(tmp_path / 'b.png'), bbox=box)
    results = LoadFramePair()(pair(**paths))
    np.testing.assert_array_equal(results['img'], [FIRST, SECOND])
    assert results['bbox'] is box and results['img_path'].endswith('a.png')


def test_pair_of_different_sizes():
    with pytest.raises(ValueError, match='frames 0 and 4 of video v differ in size'):
        LoadFramePair()(pair(img=FIRST, ref_img=SECOND[:4]))


def test_background_turns_black(tmp_path):
    mask = np.zeros((6, 8), dtype=bool)
    mask[2:4, 3:5] = True
    results = MaskBackground()(dict(img=[FIRST, SECOND], foreground=mask, ref_foreground=~mask))
    for image, seen, original in zip(results['img'], (mask, ~mask), (FIRST, SECOND), strict=True):
        np.testing.assert_array_equal(image, original * seen[..., None])
        assert image.dtype == np.uint8
    # Files of 0/1 and of 0/255 mean the same; values between are shares.
    for top in (1, 255):
        cv2.imwrite(str(tmp_path / 'mask.png'), mask.astype(np.uint8) * top)
        single = MaskBackground()(dict(img=FIRST, mask_path=str(tmp_path / 'mask.png')))['img']
        np.testing.assert_array_equal(single, FIRST * mask[..., None])
    cv2.imwrite(str(tmp_path / 'mask.png'), np.where(mask, 255, 51).astype(np.uint8))
    single = MaskBackground()(dict(img=FIRST, mask_path=str(tmp_path / 'mask.png')))['img']
    np.testing.assert_array_equal(single, np.where(mask[..., None], FIRST, np.rint(FIRST * 0.2).astype(np.uint8)))


def test_masks_must_be_there_and_fit():
    with pytest.raises(KeyError, match='the frame source has no masks'):
        MaskBackground()(dict(img=FIRST))
    with pytest.raises(ValueError, match='mask of'):
        MaskBackground()(dict(img=FIRST, foreground=np.ones((3, 3), dtype=bool)))


def test_packing():
    pose = np.zeros((1, 14, 2), dtype=np.float32)
    pack = TRANSFORMS.build(dict(type='PackPairInputs'))
    assert isinstance(pack, PackPairInputs)
    packed = pack(dict(img=[FIRST, SECOND], prior_keypoints=pose, input_size=(8, 6), id=3))
    np.testing.assert_array_equal(packed['inputs'], FIRST.transpose(2, 0, 1))
    np.testing.assert_array_equal(packed['ref_inputs'], SECOND.transpose(2, 0, 1))
    labels = packed['data_samples'].gt_instance_labels
    assert labels.prior_keypoints.shape == (1, 14, 2) and labels.prior_keypoints.dtype == torch.float32
    assert packed['data_samples'].metainfo == dict(id=3, input_size=(8, 6))
    assert 'ref_inputs' not in pack(dict(img=FIRST))


def wide_results(**entries):
    """A pair's results with entries of many kinds."""
    return (
        dict(
            img=[FIRST, SECOND],
            id=3,
            img_path=None,
            ori_shape=(6, 8),
            input_size=(8, 6),
            input_center=np.array([4.0, 3.0]),
            input_scale=np.array([8, 6], dtype=np.float32),
            flip_indices=[1, 0],
            raw_ann_info=dict(segmentation=[[1, 2]]),
            bbox=np.array([[0.0, 0, 8, 6]], dtype=np.float32),
            bbox_scale=np.array([[8.0, 6]]),
            keypoints_visible=np.ones((1, 1, 1)),
            prior_keypoints=RNG.random((1, 2, 2), dtype=np.float32),
            keypoint_weights=np.zeros((1, 2)),
        )
        | entries
    )


@pytest.mark.parametrize(
    'entries',
    [
        {},
        dict(keypoint_weights=[np.ones((1, 2))]),
        dict(heatmaps=np.ones((2, 3, 3))),
        dict(label_mapping_table=dict(keypoint_weights='others'), keypoint_weights=np.ones(3)),
    ],
)
@pytest.mark.parametrize('pack_transformed', [False, True])
def test_packing_is_that_of_mmpose(entries, pack_transformed):
    options = dict(pack_transformed=pack_transformed)

    class Parent(PackPoseInputs):
        label_mapping_table = PackPairInputs.label_mapping_table

    results = wide_results(transformed_keypoints=np.ones((1, 2, 2)), **entries)
    packed = PackPairInputs(**options)(dict(results))
    expected = Parent(**options)(results | dict(img=FIRST)) | dict(ref_inputs=image_to_tensor(SECOND))
    assert_same(packed, expected)
    assert_same(PackPairInputs(**options)(results | dict(img=FIRST)), Parent(**options)(results | dict(img=FIRST)))


def test_what_is_packed_is_its_own():
    results = wide_results()
    sample = PackPairInputs()(results)['data_samples']
    results['input_center'][:] = 7
    results['flip_indices'][0] = 7
    results['raw_ann_info']['segmentation'][0][0] = 7
    assert sample.input_center.tolist() == [4, 3] and sample.flip_indices == [1, 0]
    assert sample.raw_ann_info == dict(segmentation=[[1, 2]])


@pytest.mark.parametrize(
    'image',
    [FIRST, FIRST[:, ::-1], FIRST[1:4, 2:5], FIRST[..., 0], FIRST[..., :1], FIRST.astype(np.float32), FIRST[:1, :1]],
)
def test_pictures_become_tensors_as_in_mmpose(image):
    tensor, expected = picture_tensor(image), image_to_tensor(image)
    assert torch.equal(tensor, expected) and tensor.dtype == expected.dtype and tensor.is_contiguous()


@pytest.mark.parametrize('value', [0, 127.5, 255])
@pytest.mark.parametrize('highest', [1, 255, 200])
def test_masks_of_two_values_paint_as_weights_do(tmp_path, value, highest):
    mask = RNG.integers(0, 2, (6, 8), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / 'mask.png'), mask * highest)
    weights = (mask * (highest / 255 if highest > 1 else 1.0))[..., None].astype(np.float32)
    expected = np.rint(FIRST * weights + value * (1 - weights)).astype(np.uint8)
    painted = MaskBackground(value)(dict(img=FIRST, mask_path=str(tmp_path / 'mask.png')))['img']
    np.testing.assert_array_equal(painted, expected)
    assert painted.dtype == np.uint8 and painted is not FIRST


def test_packed_frames_are_completed():
    made = dict(ori_shape=(60, 80), img_shape=(60, 80), input_size=(8, 6))
    single = LoadPacked()(dict(img=FIRST, packed=made))
    assert single['img'] is FIRST and single['img_path'] is None and single['input_size'] == (8, 6)
    both = LoadPacked()(pair(img=FIRST, ref_img=SECOND, packed=made, ref_packed=made))
    assert both['img'][1] is SECOND and both['ori_shape'] == (60, 80) and not {'packed', 'ref_packed'} & both.keys()
    other = dict(made, ori_shape=(50, 80))
    with pytest.raises(ValueError, match=r'frames 0 and 4 of video v differ in size: \(60, 80\) and \(50, 80\)'):
        LoadPacked()(pair(img=FIRST, ref_img=SECOND, packed=made, ref_packed=other))
