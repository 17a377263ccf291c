"""Measure the edge map (kpgan_mm.geometry.render_edge_map) against its plain formulation in autograd.

    python tools/benchmarks/edge_map.py --batch-size 64 --size 128 --keypoints 32

Both sides draw and differentiate the same random keypoints and weights, in turns, each time in a process of its own,
and the smallest time and memory of each side count. Memory is what the process (on a GPU: what PyTorch) takes more at
its peak than before. The plain side holds some ten values for every edge and pixel: 20 GB with these numbers.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from torch import Tensor

from kpgan_mm.geometry import all_pairs, pixel_grid, render_edge_map

SIDES = ('plain', 'ours')


def plain_edge_map(keypoints: Tensor, links, weights: Tensor, size: tuple[int, int], sigma_squared: float) -> Tensor:
    """The formula as one would write it: all edges at all pixels, then the maximum. Arguments as ours."""
    first, second = torch.tensor(links, device=keypoints.device).T
    starts, ends = keypoints[:, first, None], keypoints[:, second, None]
    pixels = pixel_grid(size, keypoints.dtype, keypoints.device).reshape(1, 1, -1, 2)
    direction, offset = ends - starts, pixels - starts
    along = (offset * direction).sum(-1) / (direction.square().sum(-1) + 1e-8)
    distance = (offset - along.clamp(0, 1)[..., None] * direction).square().sum(-1)
    brightness = weights[None, :, None] * torch.exp(-distance / sigma_squared)
    return brightness.max(dim=1).values.reshape(-1, 1, *size)


def problem(batch_size: int, num_keypoints: int, size: int, device: str) -> tuple[Tensor, Tensor, Tensor]:
    """Keypoints ``(B, K, 2)``, edge weights ``(E,)``, and the gradient that comes back ``(B, 1, size, size)``."""
    generator = torch.Generator().manual_seed(0)
    keypoints = torch.rand(batch_size, num_keypoints, 2, generator=generator) * 1.8 - 0.9
    logits = torch.randn(len(all_pairs(num_keypoints)), generator=generator) - 4
    upstream = torch.rand(batch_size, 1, size, size, generator=generator)
    return keypoints.to(device), torch.nn.functional.softplus(logits).to(device), upstream.to(device)


def _resident(peak: bool) -> int:
    """Bytes of memory of this process: now, or at most since the peak was reset."""
    status = Path('/proc/self/status').read_text()
    line = next(line for line in status.splitlines() if line.startswith('VmHWM' if peak else 'VmRSS'))
    return int(line.split()[1]) * 1024


def measure(side: str, args: argparse.Namespace, gradients: str) -> dict:
    """Seconds and bytes of one forward and backward pass; the gradients go to a file."""
    torch.set_num_threads(args.threads)
    function = {'plain': plain_edge_map, 'ours': render_edge_map}[side]
    links, on_gpu = all_pairs(args.keypoints), args.device.startswith('cuda')
    for batch_size in (1, args.batch_size):  # the first one to warm up
        keypoints, weights, upstream = problem(batch_size, args.keypoints, args.size, args.device)
        keypoints.requires_grad_(), weights.requires_grad_()
        if on_gpu:
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()
            before = torch.cuda.memory_allocated()
        else:
            Path('/proc/self/clear_refs').write_text('5')  # resets the peak
            before = _resident(peak=False)
        start = time.perf_counter()
        edge_map = function(keypoints, links, weights, (args.size, args.size), args.sigma_squared)
        edge_map.backward(upstream)
        if on_gpu:
            torch.cuda.synchronize()
        seconds = time.perf_counter() - start
        memory = (torch.cuda.max_memory_allocated() if on_gpu else _resident(peak=True)) - before
    torch.save((edge_map.detach().cpu(), keypoints.grad.cpu(), weights.grad.cpu()), gradients)
    return dict(seconds=seconds, bytes=memory)


def compare(first: str, second: str) -> list[float]:
    """Largest differences of edge map and both gradients, relative to the largest value of each."""
    pairs = zip(torch.load(first), torch.load(second), strict=True)
    return [float((a - b).abs().max() / a.abs().max()) for a, b in pairs]


def main(arguments: list[str] | None = None) -> None:
    """Run the tool."""
    arguments = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--batch-size', type=int, default=64)
    parser.add_argument('--size', type=int, default=128, help='side of the map in pixels')
    parser.add_argument('--keypoints', type=int, default=32)
    parser.add_argument('--sigma-squared', type=float, default=1e-3)
    parser.add_argument('--repeats', type=int, default=2, help='runs of each side')
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--device', default='cpu')
    parser.add_argument('--side', choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument('--gradients', help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    if args.side:
        print(json.dumps(measure(args.side, args, args.gradients)))
        return
    best = {side: dict(seconds=float('inf'), bytes=float('inf')) for side in SIDES}
    with tempfile.TemporaryDirectory() as folder:
        files = {side: str(Path(folder, side)) for side in SIDES}
        for _ in range(args.repeats):
            for side in SIDES:
                command = [sys.executable, __file__, *arguments, '--side', side, '--gradients', files[side]]
                result = subprocess.run(command, capture_output=True, text=True)
                if result.returncode:
                    sys.exit(f'error: the {side} side failed (out of memory?): {result.stderr.strip()[-300:]}')
                figures = json.loads(result.stdout)
                print(f'{side:>5}: {figures["seconds"]:8.2f} s {figures["bytes"] / 1e6:9.1f} MB', flush=True)
                best[side] = {key: min(best[side][key], figures[key]) for key in figures}
        differences = compare(*files.values())
    plain, ours = best['plain'], best['ours']
    print(
        f'memory: 1/{plain["bytes"] / ours["bytes"]:.1f} of the plain formulation; '
        f'time: 1/{plain["seconds"] / ours["seconds"]:.1f}'
    )
    names = ('edge map', 'gradient of keypoints', 'gradient of weights')
    print('largest relative differences:', ', '.join(f'{n} {d:.1e}' for n, d in zip(names, differences, strict=True)))


if __name__ == '__main__':
    main()
