"""How many pictures a second of processor time the exported detector predicts, beside the model it comes from.

    python tools/benchmarks/exported_speed.py CONFIG CHECKPOINT EXPORTED

EXPORTED is the folder of tools/export.py with --formats onnx pt2. One picture at a time, one thread, the
ways in turn; the processor's time rather than the clock's, so that other programs disturb little. Medians.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from kpgan_mm.apis import init_keypoint_model
from kpgan_mm.apis.export import export_name
from kpgan_mm.apis.export_comparison import Examples, predictions_of
from kpgan_mm.apis.export_graphs import run_onnx, run_program
from kpgan_mm.apis.export_networks import Detector
from kpgan_mm.utils.config import load_config


def ways(config: str, checkpoint: str, exported: Path) -> tuple[dict[str, Callable], tuple[np.ndarray, ...]]:
    """Ways to predict by name, and their input."""
    model = init_keypoint_model(load_config(config), checkpoint)
    network = Detector(model).eval()
    stem = exported / f'{export_name(config)}_detector'

    @torch.no_grad()
    def eager(arrays: tuple[np.ndarray, ...]):
        return network(torch.from_numpy(arrays[0]))

    found = {
        'model.test_step': predictions_of(model),
        'network': eager,
        'onnx': run_onnx(stem.with_suffix('.onnx'), threads=1),
        'pt2': run_program(stem.with_suffix('.pt2')),
    }
    return found, Examples(model, network)(1)


def main(arguments: list[str] | None = None) -> None:
    """Run the tool."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', help='config the model was trained with')
    parser.add_argument('checkpoint', help='its weights')
    parser.add_argument('exported', type=Path, help='folder of the exported files')
    parser.add_argument('--rounds', type=int, default=20, help='how often each way is timed (default: %(default)s)')
    args = parser.parse_args(arguments)
    torch.set_num_threads(1)
    found, picture = ways(args.config, args.checkpoint, args.exported)
    seconds = {name: [] for name in found}
    for number in range(args.rounds + 3):
        for name, way in found.items():
            start = time.process_time()
            way(picture)
            if number >= 3:  # the first ones prepare
                seconds[name].append(time.process_time() - start)
    for name, values in seconds.items():
        print(f'{name:16} {1 / max(statistics.median(values), 1e-9):8.1f} pictures a second')


if __name__ == '__main__':
    main()
