"""Poses from the files that labelling and tracking programs write."""

from .file_pose_prior import FilePosePrior
from .pose_table import PoseTable, select_keypoints
from .reading import read_pose_file

__all__ = ['FilePosePrior', 'PoseTable', 'read_pose_file', 'select_keypoints']
