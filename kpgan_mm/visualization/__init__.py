"""What a person looks at."""

from .contact_sheet import (
    draw_contact_sheet,
    draw_grid,
    draw_keypoints,
    draw_pose_tile,
    draw_tile,
    to_uint8,
    write_picture,
)
from .skeleton_pictures import draw_skeletons, log_skeletons

__all__ = [
    'draw_contact_sheet',
    'draw_grid',
    'draw_keypoints',
    'draw_pose_tile',
    'draw_skeletons',
    'draw_tile',
    'log_skeletons',
    'to_uint8',
    'write_picture',
]
