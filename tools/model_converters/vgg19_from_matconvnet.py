"""Turn MatConvNet's VGG-19 (imagenet-vgg-verydeep-19.mat), which the released perceptual loss uses, into MMPretrain's.

python tools/model_converters/vgg19_from_matconvnet.py imagenet-vgg-verydeep-19.mat data/simple_h36m/vgg19.pth
"""

import argparse
from pathlib import Path

import scipy.io
import torch

# Places of the convolutions in mmpretrain.VGG(depth=19).features; the places between are the poolings.
FEATURES = {
    f'conv{stage}_{i + 1}': start + i
    for stage, (start, number) in enumerate(((0, 2), (3, 2), (6, 4), (11, 4), (16, 4)), start=1)
    for i in range(number)
}


def convert(mat_file: str) -> dict[str, torch.Tensor]:
    """Weights of all convolutions under MMPretrain's names.

    Raises:
        ValueError: if the file is no MatConvNet network or lacks a convolution of VGG-19.
    """
    content = scipy.io.loadmat(mat_file, squeeze_me=True, struct_as_record=False)
    if 'layers' not in content:
        raise ValueError(f'{mat_file} holds no "layers": give imagenet-vgg-verydeep-19.mat of MatConvNet')
    layers = {layer.name: layer for layer in content['layers'] if layer.name in FEATURES}
    missing = sorted(set(FEATURES) - set(layers))
    if missing:
        raise ValueError(f'{mat_file} is no VGG-19: it lacks {", ".join(missing)}')
    state = {}
    for name, place in FEATURES.items():
        # MatConvNet stores (height, width, in, out), newer files as the list `weights`, older ones as two fields.
        layer = layers[name]
        kernel, bias = layer.weights if hasattr(layer, 'weights') else (layer.filters, layer.biases)
        state[f'features.{place}.conv.weight'] = (
            torch.from_numpy(kernel.astype('float32')).permute(3, 2, 0, 1).contiguous()
        )
        state[f'features.{place}.conv.bias'] = torch.from_numpy(bias.astype('float32').ravel())
    return state


def main() -> None:
    """Convert a file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('mat_file', type=Path, help='imagenet-vgg-verydeep-19.mat')
    parser.add_argument('output', type=Path, help='checkpoint to write')
    args = parser.parse_args()
    if not args.mat_file.is_file():
        parser.error(f'{args.mat_file} does not exist')
    try:
        state = convert(str(args.mat_file))
    except ValueError as error:
        parser.error(str(error))
    args.output.parent.mkdir(parents=True, exist_ok=True)
    torch.save(dict(state_dict=state), args.output)
    print(f'Wrote {args.output}')


if __name__ == '__main__':
    main()
