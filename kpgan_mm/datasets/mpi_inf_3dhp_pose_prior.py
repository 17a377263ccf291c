"""A pose prior from MPI-INF-3DHP: other people, rooms and movements than those of the pictures."""

import re

import numpy as np

from kpgan_mm.registry import TASK_UTILS

from .mocap_pose_prior import RandomViewPrior
from .pose_priors import load_npz

# Joints that Human3.6M has too, in the order of its 17: root, right leg, left leg, spine, thorax, neck_base, head, left
# arm, right arm. By the number of joints in the file: 28 of the original labels, 17 of MMPose's preprocessed file.
HUMAN36M_JOINTS = {
    28: (4, 23, 24, 25, 18, 19, 20, 3, 5, 6, 7, 9, 10, 11, 14, 15, 16),
    17: (14, 8, 9, 10, 11, 12, 13, 15, 1, 16, 0, 5, 6, 7, 2, 3, 4),
}


@TASK_UTILS.register_module()
class MpiInf3dhpPosePrior(RandomViewPrior):
    """The 3D joints of MPI-INF-3DHP (Mehta et al. 2017), seen from random sides.

    The file is MMPose's ``mpi_inf_3dhp_train.npz`` (17 joints), or of the same form with all 28 joints as
    ``tools/dataset_converters/mpi_inf_3dhp_to_npz.py`` writes it: ``imgname`` (N,), such as
    ``S4_Seq2_Cam0_001033.jpg``, and ``S`` (N, K, 4), metres in the axes of the camera (x right, y down, z away) and a
    visibility that is not used. Bodies are turned about the vertical of their camera, so cameras should look level.

    Only the joints that Human3.6M has too are fitted to the canvas, since boxes of Human3.6M go round those; hands and
    toes may reach over it.

    Args:
        file: The ``.npz`` file.
        cameras: Keep the poses of these cameras; None keeps all. Every camera saw the same movements, so one that looks
            level is enough.
        azimuth: Range in degrees, uniform.
        fit_padding: Padding of the fitted figure; 0.1 as the boxes of Human3.6M.
        kwargs: ``num_poses``, ``seed``, ``jitter``, ``keypoint_indices`` and ``input_size`` of
            :class:`~.mocap_pose_prior.RandomViewPrior`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file lacks an array, holds other joints, or has no pose of these cameras.
    """

    def __init__(
        self,
        file: str,
        cameras: list[int] | None = None,
        azimuth: tuple[float, float] = (-180.0, 180.0),
        fit_padding: float = 0.1,
        **kwargs,
    ) -> None:
        arrays = load_npz(file, ['S', 'imgname'])
        joints = arrays['S']
        if joints.ndim != 3 or joints.shape[1] not in HUMAN36M_JOINTS or joints.shape[2] < 3:
            raise ValueError(f'"S" of {file} should have shape (N, 17, 4) or (N, 28, 4), got {joints.shape}')
        if cameras is not None:
            seen = np.array([_camera(name, file) for name in arrays['imgname']])
            joints = joints[np.isin(seen, cameras)]
            if len(joints) == 0:
                known = ', '.join(map(str, sorted(set(seen))))
                raise ValueError(f'{file} has no pose of camera {", ".join(map(str, cameras))}; it has {known}')
        # To x right, y up, z towards the camera: half a turn, which keeps left and right.
        bodies = joints[..., :3].astype(np.float32) * np.array([1, -1, -1], dtype=np.float32)
        super().__init__(bodies, azimuth, fit_padding, fit_joints=HUMAN36M_JOINTS[joints.shape[1]], **kwargs)


def _camera(name: str, file: str) -> int:
    match = re.search(r'_Cam(\d+)_', str(name))
    if match is None:
        raise ValueError(
            f'imgname "{name}" of {file} names no camera, as S4_Seq2_Cam0_001033.jpg does: leave out cameras'
        )
    return int(match.group(1))
