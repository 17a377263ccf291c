import json

import cv2
import numpy as np
import pytest

from kpgan_mm.datasets import AnnotatedFrames, FrameFolders, FrameStrips, PuppetFrames, make_puppet_videos
from kpgan_mm.datasets.frame_sources import load_frame, natural_key, read_image


def write(path, value, size=(8, 10)):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.full((*size, 3), value, dtype=np.uint8))


def test_natural_order():
    assert sorted(['a10.png', 'a2.png', 'A1.png'], key=natural_key) == ['A1.png', 'a2.png', 'a10.png']


def test_folders_are_videos(tmp_path):
    for video in ('b/two', 'a'):
        for number in (1, 2, 10):
            write(tmp_path / video / f'{number}.png', number)
    (tmp_path / 'a' / 'notes.txt').write_text('no image')
    source = FrameFolders(str(tmp_path))
    assert [(frame['video_id'], frame['frame_id']) for frame in source.frames] == [
        *(('a', i) for i in range(3)),
        *(('b/two', i) for i in range(3)),
    ]
    assert [load_frame(frame)[0, 0, 0] for frame in source.frames[:3]] == [1, 2, 10]
    assert source.videos() == [[0, 1, 2], [3, 4, 5]] and len(source) == 6


def test_folder_with_images_right_in_it(tmp_path):
    write(tmp_path / '1.jpg', 3)
    assert FrameFolders(str(tmp_path)).frames[0]['video_id'] == '.'


def test_folders_without_images(tmp_path):
    with pytest.raises(ValueError, match='no frames found in .*images with .jpg'):
        FrameFolders(str(tmp_path))
    with pytest.raises(FileNotFoundError, match='frame folder .*none does not exist'):
        FrameFolders(str(tmp_path / 'none'))


def test_background_subtraction_of_folders(tmp_path):
    for video in ('a', 'b'):
        for number in range(5):
            image = np.full((20, 30, 3), 40, dtype=np.uint8)
            image[5:12, 5 * number : 5 * number + 5] = 200
            (tmp_path / video).mkdir(exist_ok=True)
            cv2.imwrite(str(tmp_path / video / f'{number}.png'), image)
    source = FrameFolders(str(tmp_path), background_subtraction=dict(threshold=50))
    mask = source.frames[7]['foreground']
    assert mask.shape == (20, 30) and mask[8, 12] and not mask[8, 2]


def test_strips(tmp_path):
    strip = np.concatenate([np.full((4, 6, 3), value, dtype=np.uint8) for value in (10, 20, 30)], axis=1)
    cv2.imwrite(str(tmp_path / 'clip.png'), strip)
    source = FrameStrips(str(tmp_path), frame_width=6)
    assert [frame['frame_id'] for frame in source.frames] == [0, 1, 2]
    assert source.frames[0]['video_id'] == 'clip'
    np.testing.assert_array_equal(source.frames[2]['img'], np.full((4, 6, 3), 30))
    with pytest.raises(ValueError, match='18 pixels wide, no multiple of 7'):
        FrameStrips(str(tmp_path), frame_width=7)


def test_real_strips(shared_data, tmp_path):
    if shared_data is None:
        cv2.imwrite(str(tmp_path / '1.jpg'), np.random.default_rng(0).integers(0, 255, (64, 320, 3), dtype=np.uint8))
        root = tmp_path
    else:
        root = shared_data / 'weizmann_actions' / 'test'
    source = FrameStrips(str(root), 64, background_subtraction=dict())
    assert source.frames[0]['img'].shape == (64, 64, 3)
    assert all(frame['foreground'].shape == (64, 64) for frame in source.frames)


def test_puppets_have_exact_foreground():
    source = PuppetFrames(num_videos=2, num_frames=3, seed=4, image_size=32, split='test')
    videos = make_puppet_videos(2, 3, 4, 32, 'test')
    assert len(source) == 6 and source.videos() == [[0, 1, 2], [3, 4, 5]]
    np.testing.assert_array_equal(source.frames[4]['img'], videos.frames[1, 1])
    np.testing.assert_array_equal(source.frames[4]['foreground'], videos.foreground[1, 1])


def annotation(tmp_path, images, annotations=()):
    path = tmp_path / 'frames.json'
    path.write_text(json.dumps(dict(images=images, annotations=list(annotations))))
    return path.name


def image(number, **entries):
    return dict(id=number, file_name=f'{number}.png', video_id='v', frame_id=10 - number) | entries


def test_annotated_frames(tmp_path):
    name = annotation(
        tmp_path,
        [image(1, mask_file='1.png'), image(2, video_id='a')],
        [dict(image_id=1, bbox=[1, 2, 3, 4], keypoints=[5, 6, 2, 0, 0, 0], activity='walking')],
    )
    source = AnnotatedFrames(name, dict(img='images', mask='masks'), data_root=str(tmp_path))
    assert [frame['video_id'] for frame in source.frames] == ['a', 'v']
    frame = source.frames[1]
    assert frame['img_path'] == str(tmp_path / 'images' / '1.png') and frame['frame_id'] == 9
    assert frame['mask_path'] == str(tmp_path / 'masks' / '1.png')
    np.testing.assert_array_equal(frame['bbox'], [1, 2, 4, 6])
    np.testing.assert_array_equal(frame['keypoints'], [[5, 6], [0, 0]])
    np.testing.assert_array_equal(frame['keypoints_visible'], [1, 0])
    assert frame['activity'] == 'walking'
    assert 'mask_path' not in source.frames[0] and 'bbox' not in source.frames[0]


def test_annotated_frames_are_sorted_by_frame(tmp_path):
    name = annotation(tmp_path, [image(1), image(2), image(3)])
    assert [frame['frame_id'] for frame in AnnotatedFrames(name, data_root=str(tmp_path)).frames] == [7, 8, 9]


def test_bad_annotation_files(tmp_path):
    with pytest.raises(FileNotFoundError, match='annotation file .*none.json does not exist'):
        AnnotatedFrames('none.json', data_root=str(tmp_path))
    name = annotation(tmp_path, [dict(id=3, file_name='x.png')])
    with pytest.raises(ValueError, match='image 3 has no video_id, frame_id'):
        AnnotatedFrames(name, data_root=str(tmp_path))
    name = annotation(tmp_path, [image(1)], [dict(image_id=1), dict(image_id=1)])
    with pytest.raises(ValueError, match='image 1 has several instances'):
        AnnotatedFrames(name, data_root=str(tmp_path))
    name = annotation(tmp_path, [])
    with pytest.raises(ValueError, match='no frames found'):
        AnnotatedFrames(name, data_root=str(tmp_path))


def test_unreadable_images(tmp_path):
    (tmp_path / 'broken.png').write_text('text')
    with pytest.raises(ValueError, match='cannot be decoded'):
        read_image(str(tmp_path / 'broken.png'))
    with pytest.raises(FileNotFoundError, match='image .*none.png does not exist'):
        read_image(str(tmp_path / 'none.png'))


def test_videos_of_one_natural_key_stay_apart(tmp_path):
    """1 and 01 sort alike; their frames must not alternate."""
    images = [image(4 * n + i) | dict(video_id=v, frame_id=i) for n, v in enumerate(('1', '01')) for i in range(3)]
    source = AnnotatedFrames(annotation(tmp_path, images), data_root=str(tmp_path))
    assert [frame['video_id'] for frame in source.frames] == ['01'] * 3 + ['1'] * 3
    assert source.videos() == [[0, 1, 2], [3, 4, 5]]
