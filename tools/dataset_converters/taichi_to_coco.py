"""Converts the labels of the Tai-Chi videos (Siarohin et al. 2019, 2020) to COCO-style annotation files.

::

    ROOT/train/<clip>/<frame>.png                           to train on, from the authors' video-preprocessing
    ROOT/landmark/taichi_train_gt.pkl, taichi_test_gt.pkl   folder "landmarks" of motion-cosegmentation
    ROOT/eval_images/taichi-256/{train,test}/<name>         its eval_images.tar.gz

The two tables are pickled by pandas, ``pip install pandas`` reads them: ``file_name``, and ``value`` (18, 2), x and y
in pixels of 256, -1 for a point that was not found. Nothing but tables and arrays is taken from them.

Written to OUT (ROOT by default): ``fit.json``, to fit the map on, and ``test.json``.

Example: python tools/dataset_converters/taichi_to_coco.py data/taichi
"""

import argparse
import pickle
import sys
from pathlib import Path

import numpy as np

from kpgan_mm.datasets.coco_files import coco_sample, write_coco
from kpgan_mm.datasets.image_files import image_size
from kpgan_mm.datasets.metainfo.taichi_18 import dataset_info

NAMES = [dataset_info['keypoint_info'][joint]['name'] for joint in range(18)]
PARTS = dict(fit='train', test='test')
MISSING = -1
# What pickled tables consist of, whatever the module of pandas they were in; and beside that.
TABLES = {
    'DataFrame',
    'BlockManager',
    'Index',
    'RangeIndex',
    'Int64Index',
    '_new_Index',
    '_unpickle_block',
    'make_block',
}
HARMLESS = {
    ('builtins', 'slice'),
    ('__builtin__', 'slice'),
    ('__builtin__', 'object'),
    ('copy_reg', '_reconstructor'),
    ('builtins', 'object'),
    ('copyreg', '_reconstructor'),
    ('_codecs', 'encode'),
    ('numpy', 'ndarray'),
    ('numpy', 'dtype'),
    ('numpy.core.multiarray', '_reconstruct'),
    ('numpy._core.multiarray', '_reconstruct'),
    ('numpy.core.numeric', '_frombuffer'),
    ('numpy._core.numeric', '_frombuffer'),
}


def read_table(path: Path) -> list[tuple[str, np.ndarray]]:
    """File names and points (18, 2) of a table.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If pandas is not installed, or the file holds anything but such a table.
    """
    if not path.is_file():
        raise FileNotFoundError(f'{path} is missing: take it from the folder landmarks of motion-cosegmentation')
    try:
        from pandas.compat import pickle_compat
    except ImportError:
        raise ValueError(f'{path} is a table of pandas, which is not installed: pip install pandas') from None

    class Reader(pickle_compat.Unpickler):
        def find_class(self, module, name):
            is_table = module.startswith('pandas.') and name in TABLES
            if not is_table and (module, name) not in HARMLESS:
                raise pickle.UnpicklingError(f'it asks for {module}.{name}')
            return super().find_class(module, name)

    try:
        with path.open('rb') as handle:
            table = Reader(handle).load()
        columns = zip(table.file_name, table.value, strict=True)
        rows = [(str(name), np.asarray(value, dtype=float)) for name, value in columns]
    except Exception as error:  # damaged pickles raise whatever they like
        raise ValueError(f'{path} cannot be read as a table of file_name and value: {error}') from None
    for name, value in rows:
        if value.shape != (len(NAMES), 2):
            raise ValueError(f'{path}: {name} has points of shape {value.shape}, expected {(len(NAMES), 2)}')
    return rows


def convert(root: Path, out: Path) -> dict[str, int]:
    """Does the whole conversion; see the top of this file.

    Returns:
        dict: Number of pictures in each file.

    Raises:
        FileNotFoundError: If a table or a picture is missing.
        ValueError: If a table or a picture is damaged.
    """
    out.mkdir(parents=True, exist_ok=True)
    count = {}
    for part, folder in PARTS.items():
        samples = []
        for name, points in read_table(root / 'landmark' / f'taichi_{folder}_gt.pkl'):
            height, width = image_size(str(root / 'eval_images' / 'taichi-256' / folder / name))
            samples.append(coco_sample(name, (width, height), points, (points != MISSING).all(axis=1)))
        count[part] = write_coco(out / f'{part}.json', samples, 'person', NAMES)
    return count


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('root', type=Path, help='folder that holds train, landmark and eval_images')
    parser.add_argument('--out', type=Path, help='folder of the results (default: ROOT)')
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Runs the converter."""
    args = parse_args(arguments)
    try:
        count = convert(args.root, args.out or args.root)
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f'error: {error}')
    print('wrote ' + ', '.join(f'{number} pictures to {part}.json' for part, number in count.items()))


if __name__ == '__main__':
    main()
