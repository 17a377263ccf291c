import cv2
import numpy as np
import pytest
import torch

from kpgan_mm.visualization import (
    draw_contact_sheet,
    draw_grid,
    draw_keypoints,
    draw_pose_tile,
    draw_tile,
    to_uint8,
    write_picture,
)

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
LINKS = [(0, 1), (1, 2)]
COLORS = [RED, GREEN, BLUE]


def test_to_uint8_by_hand():
    images = torch.tensor([-2.0, -1.0, 0.0, 1.0]).view(1, 1, 2, 2).requires_grad_()
    pictures = to_uint8(images)
    assert pictures.shape == (1, 2, 2, 3) and pictures.dtype == np.uint8
    assert pictures[0, ..., 0].tolist() == [[0, 0], [128, 255]]
    assert to_uint8(np.zeros((2, 3, 4, 5))).shape == (2, 4, 5, 3)


def test_draw_keypoints_puts_each_colour_in_its_place():
    image = np.zeros((64, 64, 3), np.uint8)
    drawn = draw_keypoints(image, np.array([[10.0, 10.0], [50.0, 10.0], [50.0, 50.0]]), LINKS, COLORS)
    assert tuple(drawn[10, 10]) == RED and tuple(drawn[10, 50]) == GREEN and tuple(drawn[50, 50]) == BLUE
    # lines are smoothed
    assert drawn[10, 30].argmax() == 1 and drawn[30, 50].argmax() == 2
    assert image.max() == 0


def test_draw_keypoints_mean_ends():
    drawn = draw_keypoints(
        np.zeros((64, 64, 3), np.uint8), np.array([[10.0, 50.0], [50.0, 50.0], [30.0, 10.0]]), [(2, (0, 1))], COLORS
    )
    # from the blue joint to the middle of the other two, in the colour of the first of them
    assert drawn[30, 30].tolist()[1:] == [0, 0] and drawn[30, 30, 0] > 200
    assert drawn[50, 20].max() == 0


def test_draw_keypoints_survives_odd_values():
    keypoints = np.array([[np.nan, 3.0], [1e12, 5.0], [20.0, 20.0]])
    drawn = draw_keypoints(np.zeros((64, 64, 3), np.uint8), keypoints, LINKS, COLORS)
    assert tuple(drawn[20, 20]) == BLUE
    with pytest.raises(ValueError, match='2 colours for 3'):
        draw_keypoints(drawn, keypoints, LINKS, COLORS[:2])


def test_tiles_are_legible():
    assert draw_tile(np.zeros((32, 64, 3), np.uint8)).shape == (128, 256, 3)
    assert draw_tile(np.zeros((512, 512, 3), np.uint8)).shape == (256, 256, 3)
    assert draw_tile(np.zeros((200, 200, 3), np.uint8)).shape == (200, 200, 3)


def test_poses_are_scaled_with_their_pixels():
    image = np.zeros((64, 64, 3), np.uint8)
    image[31, 20] = 255
    tile = draw_pose_tile(image, np.array([[20.0, 31.0]]), [], [RED])
    # pixel (20, 31) covers 40 to 41 by 62 to 63 of the tile
    ys, xs = np.nonzero((tile[..., 0] > 200) & (tile[..., 1] < 60))
    assert (xs.mean(), ys.mean()) == pytest.approx((40.5, 62.5), abs=0.5)


def test_draw_grid():
    sheet = draw_grid({'a': [np.zeros((10, 20, 3), np.uint8)] * 3, 'b': [np.full((10, 20, 3), 7, np.uint8)]})
    assert sheet.shape == (2 * 14 + 4, 128 + 3 * 24, 3)
    assert sheet[4, 128].max() == 0 and sheet[18, 128].max() == 7
    assert sheet[18, 128 + 24].min() == 255


def test_draw_grid_with_headings_and_empty_places():
    picture = np.zeros((10, 60, 3), np.uint8)
    sheet = draw_grid({'a': [None, picture], 'b': [picture]}, ['first'])
    assert sheet.shape == (20 + 2 * 14 + 4, 128 + 2 * 64, 3)
    assert sheet[:20, 128:192].min() < 100 and sheet[:20, 192:].min() == 255
    assert sheet[24:34, 128:188].min() == 255 and sheet[24:34, 192:252].max() == 0
    assert sheet[38:48, 128:188].max() == 0 and sheet[38:48, 192:252].min() == 255


def test_write_picture(tmp_path):
    red = np.zeros((8, 8, 3), np.uint8)
    red[..., 0] = 255
    write_picture(tmp_path / 'new' / 'red.png', red)
    assert cv2.imread(str(tmp_path / 'new' / 'red.png'))[0, 0].tolist() == [0, 0, 255]
    (tmp_path / 'file').touch()
    for path in (tmp_path / 'red.unknown', tmp_path / 'file' / 'red.png'):
        with pytest.raises(ValueError, match='cannot be written'):
            write_picture(path, red)


def make_rows(number, side=32):
    pictures = np.random.default_rng(0).integers(0, 255, (number, side, side, 3)).astype(np.uint8)
    keypoints = np.full((number, 3, 2), 5.0)
    return dict(
        images=pictures,
        skeletons=pictures[:, ::2, ::2],
        clean_skeletons=pictures,
        reconstructions=pictures,
        keypoints=keypoints,
        skeleton_links=LINKS,
        colors=COLORS,
    )


def test_contact_sheet_rows():
    rows = make_rows(2)
    sheet = draw_contact_sheet(**rows)
    assert sheet.dtype == np.uint8
    assert sheet.shape == (5 * 132 + 4, 128 + 2 * 132, 3)
    full = draw_contact_sheet(**rows, references=rows['images'], truths=rows['keypoints'])
    assert full.shape == (7 * 132 + 4, 128 + 2 * 132, 3)


def test_contact_sheet_refuses_uneven_rows():
    with pytest.raises(ValueError, match='at least one'):
        draw_contact_sheet(**make_rows(0))
    with pytest.raises(ValueError, match='skeletons?: 1 for 2'):
        draw_contact_sheet(**{**make_rows(2), 'skeletons': np.zeros((1, 32, 32, 3), np.uint8)})
    with pytest.raises(ValueError, match='labels: 1 for 2'):
        draw_contact_sheet(**make_rows(2), truths=np.zeros((1, 3, 2)))
