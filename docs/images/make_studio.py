"""Make the pictures of docs/studio.md, docs/images/studio_*.png: the studio with a trained model, in Chromium.

python docs/images/make_studio.py work_dirs/kpgan_puppets/iter_4500.pth work_dirs/kpgan_puppets/iter_4000.pth

The folder of the first checkpoint is shown as the training. Needs Playwright and Chromium, as the tests do.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from kpgan_mm.datasets.puppets import make_puppet_videos  # noqa: E402  (the tests' helpers are not installed)
from kpgan_mm.studio.server import build  # noqa: E402
from tests.browser import launch  # noqa: E402
from tests.test_studio.running import drag, open_page, open_picture, place_pose, running  # noqa: E402


def make_project(folder: Path, checkpoint: Path) -> np.ndarray:
    """Pictures and a video of puppets, and a training; returns the labels (6, 40, 14, 2) in pixels."""
    videos = make_puppet_videos(num_videos=6, num_frames=40, seed=11, image_size=64)
    (folder / 'pictures').mkdir(parents=True)
    for number in range(6):
        cv2.imwrite(str(folder / 'pictures' / f'puppet_{number}.png'), videos.frames[number, 5])
    writer = cv2.VideoWriter(str(folder / 'puppet.avi'), cv2.VideoWriter_fourcc(*'MJPG'), 10.0, (64, 64))
    for frame in videos.frames[2]:
        writer.write(frame)
    writer.release()
    run = folder / 'work_dirs' / 'kpgan_puppets'
    shutil.copytree(checkpoint.resolve().parent, run, ignore=shutil.ignore_patterns('*.pth'))
    return videos.keypoints


def save(page, name: str) -> None:
    """Write what is seen."""
    path = Path(__file__).with_name(f'studio_{name}.png')
    page.mouse.move(640, 795)
    page.wait_for_timeout(600)
    page.screenshot(path=path)
    print(f'{path.name}: {path.stat().st_size // 1000} kB')


def main() -> None:
    """Make all pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('checkpoints', nargs=2, type=Path)
    checkpoints = parser.parse_args().checkpoints
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        folder = Path(temporary) / 'my_project'
        labels = make_project(folder, checkpoints[0])
        studio = build(checkpoints, None, folder, [], 'cpu', False)
        with running(studio) as url:
            page = launch(playwright).new_page(viewport=dict(width=1280, height=800), color_scheme='light')
            open_page(page, url)
            open_picture(page, 'pictures/puppet_2.png')
            drag(page, '#edit-picture [data-joint="3"]', -10, -25)
            drag(page, '#edit-picture [data-joint="4"]', 30, -95)
            page.wait_for_timeout(1000)
            save(page, 'edit')
            page.get_by_role('button', name='Keep this look').click()
            open_picture(page, 'pictures/puppet_4.png')
            page.locator('.toast button').click()
            save(page, 'swap')
            page.keyboard.press('Shift+A')
            page.keyboard.press('2')
            open_picture(page, 'puppet.avi')
            place_pose(page, labels[2, 0])
            page.keyboard.press('n')
            page.wait_for_selector('#place[data-ready="puppet.avi#10"]')
            place_pose(page, labels[2, 10][:9])
            save(page, 'place')
            open_picture(page, 'pictures/puppet_1.png')
            page.keyboard.press('3')
            page.wait_for_selector('#compare[data-ready="pictures/puppet_1.png#0"]')
            save(page, 'compare')
            page.keyboard.press('4')
            page.keyboard.press('t')
            page.wait_for_selector('#runs[data-ready]')
            save(page, 'runs')
        studio.media.decoder.close()


if __name__ == '__main__':
    main()
