"""The page in a real browser. Waits are for what happens, not for time, so that a busy machine only makes it slower."""

import json
import re

import cv2
import numpy as np
import pytest
from playwright.sync_api import expect, sync_playwright

from kpgan_mm.datasets.pose_priors import NpzPosePrior
from kpgan_mm.studio.app import Studio
from kpgan_mm.studio.media import Media
from kpgan_mm.studio.project import Project
from tests.browser import launch
from tests.test_studio.conftest import write_video
from tests.test_studio.running import drag, open_page, open_picture, place_pose, running

PATIENCE = 60_000
POSE = [(10, 5), (24, 16), (15, 28), (33, 28)]


@pytest.fixture(scope='module')
def browser():
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, studio, toy_model):
    """The page at 1280 x 800, of a studio with two models; messages of errors fail the test."""
    context = browser.new_context(viewport=dict(width=1280, height=800), accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    wrong, foreign = [], []
    page.on('pageerror', lambda error: wrong.append(str(error)))
    two = Studio(studio.project, [toy_model, toy_model], media=studio.media)
    with running(two) as url:
        origin = url.split('/?')[0]
        page.on(
            'request', lambda request: request.url.startswith((origin, 'data:', 'blob:')) or foreign.append(request.url)
        )
        open_page(page, url)
        yield page
        context.close()
    assert not wrong and not foreign


def joint(page, number, view='edit-picture'):
    """Position of a joint in pixels of the picture, as SVG has it."""
    circle = page.locator(f'#{view} [data-joint="{number}"]')
    return np.array([float(circle.get_attribute(name)) for name in ('cx', 'cy')])


def painted(page):
    return page.locator('#edit-painted image').get_attribute('href')


def test_drag_undo_and_nudge(page):
    open_picture(page, 'pictures/a.png')
    before, picture = joint(page, 1), painted(page)
    drag(page, '#edit-picture [data-joint="1"]', 60, -40)
    page.wait_for_selector('#edit[data-painted]')
    moved = joint(page, 1)
    assert moved[0] > before[0] and moved[1] < before[1]
    expect(page.locator('#edit-time')).to_have_text(re.compile(r'painted in \d+ ms'))
    assert painted(page) != picture

    page.keyboard.press('ArrowRight')
    page.keyboard.press('Shift+ArrowDown')
    np.testing.assert_allclose(joint(page, 1), moved + [1, 10], atol=1e-6)
    for _ in range(3):
        page.keyboard.press('Control+z')
    np.testing.assert_allclose(joint(page, 1), before, atol=1e-6)
    expect(page.locator('#undo')).to_be_disabled()
    page.keyboard.press('Control+Shift+Z')
    np.testing.assert_allclose(joint(page, 1), moved, atol=1e-6)
    page.keyboard.press('r')
    np.testing.assert_allclose(joint(page, 1), before, atol=1e-6)

    drag(page, '#edit-painted [data-joint="2"]', 0, -40)
    page.get_by_role('button', name='Reset all').click()
    expect(page.locator('#reset-all')).to_be_disabled()
    with page.expect_download() as download:
        page.get_by_role('button', name='Save painted picture').click()
    assert cv2.imread(str(download.value.path())).shape == (32, 32, 3)


def test_swap_keeps_one_look_for_other_poses(page):
    open_picture(page, 'pictures/a.png')
    own = painted(page)
    page.keyboard.press('a')
    expect(page.locator('#appearance-name')).to_contain_text('a.png')
    open_picture(page, 'pictures/b.png')
    swapped = painted(page)
    assert swapped != own
    page.get_by_role('button', name='Exchange').click()
    page.wait_for_selector('#edit[data-ready="pictures/a.png#0#pictures/b.png"]')
    assert painted(page) != swapped
    page.get_by_role('button', name='Its own').click()
    page.wait_for_selector('#edit[data-ready="pictures/a.png#0#"]')
    assert painted(page) == own


def test_upload_video_zoom_and_box(page, tmp_path, project_folder):
    page.locator('#file').set_input_files(project_folder / 'clip.avi')
    page.wait_for_selector('#edit[data-ready^="studio/uploads/clip-"]')
    page.keyboard.press('.')
    page.wait_for_selector('#edit[data-ready*="#1#"]')
    page.locator('#frame').fill('7')
    page.wait_for_selector('#edit[data-ready*="#7#"]')

    page.locator('#edit-picture').hover()
    page.mouse.wheel(0, -500)
    width = float(page.locator('#edit-picture svg').get_attribute('viewBox').split()[2])
    assert width < 47
    page.keyboard.press('0')
    assert page.locator('#edit-picture svg').get_attribute('viewBox') == '0 0 48 32'

    size = page.locator('#tile-crop').get_attribute('src')
    page.keyboard.press('b')
    place = page.locator('#edit-picture image').bounding_box()
    page.mouse.move(place['x'] + place['width'] / 4, place['y'] + place['height'] / 4)
    page.mouse.down()
    page.mouse.move(place['x'] + place['width'] / 2, place['y'] + place['height'] / 2)
    page.mouse.up()
    expect(page.locator('#tile-crop')).not_to_have_attribute('src', size)
    box = page.locator('#edit-picture .frame-box')
    assert [float(box.get_attribute(name)) for name in ('x', 'y', 'width', 'height')] == [12, 8, 12, 8]

    (tmp_path / 'odd.png').write_text('no picture at all')
    page.locator('#file').set_input_files(tmp_path / 'odd.png')
    expect(page.locator('.toast.bad')).to_contain_text('Odd.png is no picture')


def test_a_dropped_picture_is_opened(page, project_folder):
    content = list((project_folder / 'pictures' / 'b.png').read_bytes())
    transfer = page.evaluate_handle(
        '(bytes) => { const transfer = new DataTransfer();'
        " transfer.items.add(new File([new Uint8Array(bytes)], 'dropped.png', {type: 'image/png'}));"
        ' return transfer; }',
        content,
    )
    page.dispatch_event('body', 'dragover', dict(dataTransfer=transfer))
    expect(page.locator('#drop')).to_be_visible()
    page.dispatch_event('body', 'drop', dict(dataTransfer=transfer))
    page.wait_for_selector('#edit[data-ready^="studio/uploads/dropped-"]')
    expect(page.locator('#drop')).to_be_hidden()


def test_place_save_and_reload(page, project_folder):
    page.keyboard.press('2')
    open_picture(page, 'clip.avi')
    place_pose(page, POSE)
    expect(page.locator('#place-count')).to_have_text('1 complete')
    page.keyboard.press('Control+z')
    expect(page.locator('#place-count')).to_have_text('0 complete')
    expect(page.locator('#place-next')).to_have_text('right_foot')
    page.keyboard.press('Control+Shift+Z')

    page.locator('#place-step').fill('3')
    page.locator('#tab-place').focus()
    page.keyboard.press('n')
    page.wait_for_selector('#place[data-ready="clip.avi#3"]')
    page.keyboard.press('c')
    expect(page.locator('#place-count')).to_have_text('2 complete')
    drag(page, '#place-picture [data-joint="0"]', 40, 0)
    head = joint(page, 0, 'place-picture')
    page.keyboard.press('s')
    page.wait_for_selector('#place[data-ready="clip.avi#6"]')
    place_pose(page, POSE[:2])

    page.get_by_role('button', name='Save prior').click()
    expect(page.locator('.toast').last).to_contain_text('Saved 1 pose to priors/hand_placed.npz; 1 incomplete left out')
    expect(page.locator('#place-config')).to_contain_text("file='priors/hand_placed.npz'")
    with np.load(project_folder / 'priors' / 'hand_placed.npz') as arrays:
        np.testing.assert_allclose(arrays['image_keypoints'][0], POSE, atol=0.1)
    assert len(NpzPosePrior(str(project_folder / 'priors' / 'hand_placed.npz'))) == 1

    page.wait_for_selector('#place[data-kept="yes"]')  # the last change is written a moment later
    page.reload()
    page.wait_for_selector('#place[data-ready="clip.avi#6"]')
    expect(page.locator('#place-poses li')).to_have_count(3)
    expect(page.locator('#place-next')).to_have_text('left_foot')
    assert abs(head[0] - POSE[0][0]) > 1

    before = (project_folder / 'priors' / 'hand_placed.npz').read_bytes()
    page.get_by_role('button', name='Save prior').click()
    page.get_by_role('button', name='Cancel').click()
    assert (project_folder / 'priors' / 'hand_placed.npz').read_bytes() == before
    place_pose(page, [*POSE[2:]])
    page.get_by_role('button', name='Save prior').click()
    page.get_by_role('button', name='Replace').click()
    expect(page.locator('.toast').last).to_contain_text('Saved 2 poses')


def warns_when_left(page):
    """Whether the browser would ask before it leaves the page."""
    return page.evaluate("!dispatchEvent(new Event('beforeunload', {cancelable: true}))")


def test_poses_beside_a_draft_of_another_skeleton_are_not_lost_silently(page, project_folder):
    draft = project_folder / 'studio' / 'draft.json'
    draft.parent.mkdir(exist_ok=True)
    draft.write_text(json.dumps(dict(revision=3, content=dict(names=['x', 'y'], poses={}, boxes={}, form={}))))
    before = draft.read_bytes()
    page.reload()
    page.wait_for_selector('body[data-ready]')
    page.keyboard.press('2')
    open_picture(page, 'clip.avi')
    expect(page.locator('#place-off')).to_contain_text('Poses are not kept when this page is left')
    assert not warns_when_left(page)
    place_pose(page, POSE)
    assert warns_when_left(page) and draft.read_bytes() == before
    page.get_by_role('button', name='Save prior').click()
    expect(page.locator('.toast').last).to_contain_text('Saved 1 pose')
    assert not warns_when_left(page)


def test_after_another_window_the_page_says_that_it_keeps_nothing(page, project_folder):
    page.keyboard.press('2')
    open_picture(page, 'clip.avi')
    expect(page.locator('#place-off')).to_be_hidden()
    place_pose(page, POSE[:1])
    page.wait_for_selector('#place[data-kept="yes"]')
    draft = project_folder / 'studio' / 'draft.json'
    draft.write_text(json.dumps(dict(json.loads(draft.read_text()), revision=9)))
    place_pose(page, POSE[1:])
    expect(page.locator('#place-off')).to_contain_text('changed in another window')
    place_pose(page, POSE)
    assert warns_when_left(page)


def test_the_box_of_the_project_is_there_from_the_start(browser, tmp_path, project, toy_model, decoder):
    project.give([write_video(tmp_path / 'film.avi')])
    context = browser.new_context(viewport=dict(width=1280, height=800))
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    with running(Studio(project, [toy_model], media=Media(project, decoder=decoder), box=(10, 5, 40, 30))) as url:
        open_page(page, url)
        open_picture(page, 'videos:film.avi')
        box = page.locator('#edit-picture .frame-box')
        assert [float(box.get_attribute(name)) for name in ('x', 'y', 'width', 'height')] == [10, 5, 30, 25]
        page.keyboard.press('Shift+B')
        expect(box).to_be_hidden()
        open_picture(page, 'pictures/a.png')
        expect(box).to_be_visible()
        open_picture(page, 'videos:film.avi')
        expect(box).to_be_hidden()
        context.close()


def test_compare_and_runs(page):
    open_picture(page, 'pictures/a.png')
    page.keyboard.press('3')
    page.wait_for_selector('#compare[data-ready="pictures/a.png#0"]')
    expect(page.locator('#compare-note')).to_contain_text('0.0 pixels apart on average')
    expect(page.locator('#compare-tiles-b img')).to_have_count(4)
    page.keyboard.press('4')
    page.wait_for_selector('#runs[data-ready="work_dirs/toy"]')
    expect(page.locator('#sheet-name')).to_have_text('iteration 10')
    page.keyboard.press('ArrowLeft')
    expect(page.locator('#sheet-name')).to_have_text('iteration 2')
    expect(page.locator('#chart polyline')).to_have_count(1)
    page.get_by_label('EPE').check()
    expect(page.locator('#chart polyline')).to_have_count(2)


def test_theme_keys_and_names(page):
    page.keyboard.press('t')
    theme = page.locator('html').get_attribute('data-theme')
    page.reload()
    page.wait_for_selector('body[data-ready]')
    assert theme in ('dark', 'light') and page.locator('html').get_attribute('data-theme') == theme
    page.keyboard.press('?')
    expect(page.get_by_role('dialog', name='Keys')).to_be_visible()
    page.keyboard.press('Escape')
    nameless = page.evaluate(
        "[...document.querySelectorAll('button, input:not([hidden]), select')].filter((e) => !e.hidden &&"
        " !(e.textContent.trim() || e.ariaLabel || e.getAttribute('aria-label') || e.labels?.length)).map((e) => e.id)"
    )
    assert nameless == []
    assert page.evaluate('document.documentElement.scrollWidth') <= 1280


def test_without_a_model_joints_can_be_placed(browser, tmp_path, decoder):
    cv2.imwrite(str(tmp_path / 'a.png'), np.zeros((32, 48, 3), np.uint8))
    project = Project(tmp_path)
    skeleton = dict(title='two', names=['a', 'b'], colors=['#ff0000'] * 2, swaps=[0, 1], links=[[0, 1]])
    context = browser.new_context(viewport=dict(width=1280, height=800))
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    with running(Studio(project, skeletons=[skeleton], media=Media(project, decoder=decoder))) as url:
        open_page(page, url)
        expect(page.locator('#edit-picture .empty')).to_contain_text('Start the studio with a checkpoint')
        page.keyboard.press('2')
        open_picture(page, 'a.png')
        place_pose(page, [(5, 5), (20, 20)])
        expect(page.locator('#place-count')).to_have_text('1 complete')
        context.close()
