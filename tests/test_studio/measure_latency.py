"""How long a change takes in the studio: from a moved joint to the painted picture, over HTTP.

    python -m tests.test_studio.measure_latency [CONFIG] [--changes 50]

Weights are random; they do not matter for the time. Prints the median and the 95th percentile in milliseconds, with the
reference's encoding kept, as the studio has it, and encoded anew for every change.
"""

import argparse
import json
import tempfile
import time
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.config import Config

from kpgan_mm.apis import init_keypoint_model
from kpgan_mm.studio.app import Studio
from kpgan_mm.studio.models import StudioModel
from kpgan_mm.studio.project import Project
from tests.test_studio.running import running


def measure(config: str, changes: int) -> dict[str, np.ndarray]:
    """Seconds of so many changes, by what is kept."""
    model = StudioModel(init_keypoint_model(Config.fromfile(config)), 'random')
    width, height = model.describe()['input_size']
    times = {}
    with tempfile.TemporaryDirectory() as folder:
        noise = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
        cv2.imwrite(str(Path(folder) / 'a.png'), noise)
        studio = Studio(Project(folder), [model])
        with running(studio) as url:
            opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
            opener.open(url).read()

            def ask(name: str, **request) -> dict:
                view = dict(path='a.png', frame=0, box=None)
                body = json.dumps(dict(model=0, view=view, **request)).encode()
                address = f'{url.split("/?")[0]}/api/{name}'
                headers = {'content-type': 'application/json'}
                return json.loads(opener.open(urllib.request.Request(address, body, headers)).read())

            keypoints = np.array(ask('read')['keypoints'])
            for kept in (True, False):
                seconds = []
                for number in range(changes + 5):
                    if not kept:
                        model.model.generator.appearance_encoder.answers.clear()
                    start = time.perf_counter()
                    ask('paint', keypoints=(keypoints + number % 7).tolist())
                    seconds.append(time.perf_counter() - start)
                times['kept' if kept else 'encoded anew'] = np.array(seconds[5:])
        studio.media.decoder.close()
    print(f'{config}: {width} x {height}, {torch.get_num_threads()} threads')
    return times


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', nargs='?', default='configs/kpgan_cat_head.py')
    parser.add_argument('--changes', type=int, default=50)
    arguments = parser.parse_args()
    for what, seconds in measure(arguments.config, arguments.changes).items():
        middle, late = 1000 * np.percentile(seconds, [50, 95])
        print(f'reference {what}: median {middle:.0f} ms, 95th percentile {late:.0f} ms')
