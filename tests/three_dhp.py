"""Samples of MPI-INF-3DHP: labels as they are downloaded (``annot.mat``) and as MMPose preprocesses them (``.npz``)."""

from pathlib import Path

import numpy as np
from scipy.io import savemat

from kpgan_mm.datasets.mpi_inf_3dhp_pose_prior import HUMAN36M_JOINTS

# Where the 17 joints of a person are that faces the camera 4 metres away: (x, y) in metres, in Human3.6M's order.
_STANDING = [
    (0, 0), (-0.13, 0), (-0.13, 0.45), (-0.13, 0.85), (0.13, 0), (0.13, 0.45), (0.13, 0.85), (0, -0.25), (0, -0.5),
    (0, -0.6), (0, -0.75), (0.2, -0.45), (0.3, -0.2), (0.35, 0.05), (-0.2, -0.45), (-0.3, -0.2), (-0.35, 0.05),
]  # fmt: skip


def standing_body(num_joints: int) -> np.ndarray:
    """Joints (K, 3) of 17 or 28 in MPI-INF-3DHP's order, metres in the axes of the camera (x right, y down, z away)."""
    body = np.full((num_joints, 3), np.nan)
    body[list(HUMAN36M_JOINTS[num_joints])] = np.pad(_STANDING, ((0, 0), (0, 1)))
    if num_joints == 28:
        body[[0, 1, 2]] = [[0, -0.4, 0], [0, -0.45, 0], [0, -0.3, 0]]
        body[[8, 13]] = [[0.1, -0.48, 0], [-0.1, -0.48, 0]]
        body[[12, 17]] = [[0.38, 0.12, 0], [-0.38, 0.12, 0]]
        body[[21, 22, 26, 27]] = [[0.14, 0.9, -0.1], [0.14, 0.92, -0.2], [-0.14, 0.9, -0.1], [-0.14, 0.92, -0.2]]
    return body + [0, 0, 4]


def write_preprocessed(file: Path, num_joints: int = 17) -> Path:
    """MMPose's ``mpi_inf_3dhp_train.npz`` of four poses: two of camera 0, two of camera 8."""
    names = ['S4_Seq2_Cam0_000001.jpg', 'S4_Seq2_Cam0_000006.jpg', 'S8_Seq1_Cam8_000001.jpg', 'S8_Seq1_Cam8_000006.jpg']
    bodies = np.repeat(standing_body(num_joints)[None], 4, axis=0)
    visible = np.ones((4, num_joints, 1))
    np.savez(
        file,
        imgname=np.array(names),
        center=np.full((4, 2), 1024.0),
        scale=np.full(4, 4.0),
        part=np.concatenate([bodies[..., :2] * 375 + 1024, visible], axis=-1),
        S=np.concatenate([bodies, visible], axis=-1),
    )
    return file


def write_annotations(root: Path, num_joints: int = 28, folders: tuple[str, ...] = ('S1/Seq1', 'S4/Seq2')) -> Path:
    """``annot.mat`` files of five frames: cells of 14 cameras, one row a frame, millimetres."""
    body = standing_body(28)[:num_joints].ravel() * 1000
    for folder in folders:
        (root / folder).mkdir(parents=True, exist_ok=True)
        cells = {name: np.empty((14, 1), dtype=object) for name in ('annot2', 'annot3', 'univ_annot3')}
        for camera in range(14):
            cells['annot3'][camera, 0] = np.tile(body, (5, 1))
            cells['univ_annot3'][camera, 0] = np.tile(body * 0.9, (5, 1))
            cells['annot2'][camera, 0] = np.zeros((5, 2 * num_joints))
        savemat(root / folder / 'annot.mat', cells)
    return root
