"""Collects the 3D labels of MPI-INF-3DHP, all 28 joints, into one file for ``kpgan_mm.MpiInf3dhpPosePrior``.

Read from the training set as it is downloaded; videos are not needed::

    ROOT/S<k>/Seq<n>/annot.mat      annot3: 14 cameras x (frames, 84), millimetres in the axes of the camera

MMPose's own preprocessing keeps 17 of the 28 joints. This file has the same form with all of them: ``imgname`` (N,),
such as ``S4_Seq2_Cam0_000001.jpg``, and ``S`` (N, 28, 4), metres and a visibility of 1.

Example: python tools/dataset_converters/mpi_inf_3dhp_to_npz.py ROOT --out data/h36m_full/mpi_inf_3dhp_28.npz
"""

import argparse
import re
import sys
from pathlib import Path

import numpy as np
from scipy.io import loadmat

NUM_KEYPOINTS = 28


def read_joints(path: Path, camera: int) -> np.ndarray:
    """Joints (frames, 28, 3) in metres of one camera of an ``annot.mat``.

    Raises:
        ValueError: If the file is damaged, has no ``annot3``, no such camera or another number of joints.
    """
    try:
        cells = loadmat(path, variable_names=['annot3']).get('annot3')
    except Exception as error:  # what SciPy raises depends on where the file is damaged
        raise ValueError(f'{path} cannot be read as a MATLAB file ({error}): download it again') from None
    if cells is None:
        raise ValueError(f'{path} has no annot3: take the annot.mat of the training set')
    if not 0 <= camera < len(cells):
        raise ValueError(f'{path} has the cameras 0 to {len(cells) - 1}, none numbered {camera}')
    joints = np.asarray(cells[camera][0], dtype=np.float64)
    if joints.ndim != 2 or joints.shape[1] != 3 * NUM_KEYPOINTS:
        raise ValueError(f'annot3 of {path}, camera {camera}, should be (frames, 84), got {joints.shape}')
    return joints.reshape(-1, NUM_KEYPOINTS, 3) / 1000


def convert(root: Path, out: Path, cameras: list[int], stride: int) -> int:
    """Does the whole conversion; see the top of this file.

    Returns:
        int: Number of poses written.

    Raises:
        FileNotFoundError: If there is no ``annot.mat``.
        ValueError: If one is damaged or of another form, or a folder is not named as in the data set.
    """
    if stride < 1:
        raise ValueError(f'--stride is 1 or more, got {stride}')
    files = sorted(root.glob('**/annot.mat'))
    if not files:
        raise FileNotFoundError(f'{root} has no S<k>/Seq<n>/annot.mat: give the folder of the training set')
    names, poses = [], []
    for file in files:
        subject, sequence = file.parts[-3:-1] if len(file.parts) > 2 else ('', '')
        if not (re.fullmatch(r'S\d+', subject) and re.fullmatch(r'Seq\d+', sequence)):
            raise ValueError(f'{file} does not lie in S<k>/Seq<n>: restore the folders of the data set')
        for camera in cameras:
            joints = read_joints(file, camera)[::stride]
            numbers = 1 + stride * np.arange(len(joints))
            names += [f'{subject}_{sequence}_Cam{camera}_{number:06d}.jpg' for number in numbers]
            poses.append(np.concatenate([joints, np.ones_like(joints[..., :1])], axis=-1).astype(np.float32))
        print(f'{file}: {len(joints)} poses a camera', file=sys.stderr)
    out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(out, imgname=np.array(names), S=np.concatenate(poses))
    return len(names)


def parse_args(arguments: list[str] | None = None) -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('root', type=Path, help='folder that holds S1, S2, ... of the training set')
    parser.add_argument('--out', type=Path, required=True, help='the .npz file to write')
    parser.add_argument(
        '--cameras', type=int, nargs='+', default=[0], help='0 to 13; all saw the same movements (default: 0, level)'
    )
    parser.add_argument('--stride', type=int, default=5, help='every n-th frame (default: %(default)s)')
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Runs the converter."""
    args = parse_args(arguments)
    try:
        count = convert(args.root, args.out, args.cameras, args.stride)
    except (FileNotFoundError, ValueError) as error:
        sys.exit(f'error: {error}')
    print(f'wrote {count} poses to {args.out}')


if __name__ == '__main__':
    main()
