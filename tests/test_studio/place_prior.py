"""Place the poses of labelled puppets by hand, as it were: Chromium clicks every joint in the studio.

    python -m tests.test_studio.place_prior FOLDER [--poses 30] [--slip 0.5]

FOLDER becomes a project with frames of the puppets' training videos, one of each of so many videos, and two priors of
the same poses: priors/hand_placed.npz, which the studio has saved, and priors/labelled.npz, the labels themselves. A
hand is not steady: every click is off by a normal error of --slip pixels of the 64-pixel picture along each axis.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
from playwright.sync_api import expect, sync_playwright

from kpgan_mm.datasets.puppets import make_puppet_videos
from kpgan_mm.geometry import pixels_to_normalized
from kpgan_mm.studio.server import build
from tests.browser import launch
from tests.test_studio.running import open_page, open_picture, place_pose, running

SIZE = 64


def place_prior(folder: Path, num_poses: int, slip: float) -> float:
    """See above; returns how far the placed joints are from the labels on average, in pixels."""
    videos = make_puppet_videos(num_videos=300, num_frames=16, seed=0, image_size=SIZE, split='train')
    chosen = [(number * 300 // num_poses, 7 * number % 16) for number in range(num_poses)]
    labels = np.array([videos.keypoints[video, frame] for video, frame in chosen], np.float32)
    clicks = (labels + slip * np.random.default_rng(0).standard_normal(labels.shape)).clip(0, SIZE - 1)
    (folder / 'frames').mkdir(parents=True)
    (folder / 'priors').mkdir()
    for number, (video, frame) in enumerate(chosen):
        cv2.imwrite(str(folder / 'frames' / f'{number:03d}.png'), videos.frames[video, frame])
    np.savez(folder / 'priors' / 'labelled.npz', keypoints=pixels_to_normalized(labels, (SIZE, SIZE)))

    studio = build([], None, folder, ['puppets'], 'cpu', False)
    with sync_playwright() as playwright, running(studio) as url:
        page = launch(playwright).new_page(viewport=dict(width=1280, height=800))
        open_page(page, url)
        page.keyboard.press('2')
        page.locator('#place-width').fill(str(SIZE))
        page.locator('#place-height').fill(str(SIZE))
        open_picture(page, 'frames/000.png')
        for number, pose in enumerate(clicks):
            page.wait_for_selector(f'#place[data-ready="frames/{number:03d}.png#0"]')
            place_pose(page, pose)
            expect(page.locator('#place-count')).to_have_text(f'{number + 1} complete', timeout=60_000)
            page.get_by_role('button', name='Next').click()
        page.get_by_role('button', name='Save prior').click()
        expect(page.locator('.toast', has_text='Saved')).to_contain_text(f'Saved {num_poses} poses', timeout=60_000)
    studio.media.decoder.close()
    with np.load(folder / 'priors' / 'hand_placed.npz') as arrays:
        return float(np.linalg.norm(arrays['image_keypoints'] - labels, axis=-1).mean())


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('folder', type=Path)
    parser.add_argument('--poses', type=int, default=30)
    parser.add_argument('--slip', type=float, default=0.5)
    arguments = parser.parse_args()
    distance = place_prior(arguments.folder, arguments.poses, arguments.slip)
    print(f'{arguments.poses} poses placed; joints are {distance:.2f} pixels from their labels on average')
