"""How a puppet moves: bodies, joint-angle curves and their projection, for the generated data set of :mod:`.puppets`.

A body is a small 3D skeleton (x to the right of the picture, y down, z to the camera; a body that faces the camera
has its left on the right of the picture). Every joint angle is a smooth random curve between the limits of a *mode*
("arm waving", "squatting" ...) that the video draws for each arm and for the legs, plus a sine for the periodic modes.
"""

from typing import NamedTuple

import numpy as np

KEYPOINT_NAMES = (
    'head_top', 'neck', 'right_shoulder', 'right_elbow', 'right_wrist', 'left_shoulder', 'left_elbow', 'left_wrist',
    'right_hip', 'right_knee', 'right_ankle', 'left_hip', 'left_knee', 'left_ankle',
)  # fmt: skip

# Frames over which a figure is guaranteed to fit in the picture; part of the law, so that single poses follow it too.
HORIZON = 48
KNOT_SPACING = 9.0

# Limits in radians of: abduction (0 hangs, pi points up), elbow (added to the abduction; negative folds inwards),
# flexion to the front; then amplitudes of a sine on the elbow and on the flexion, and the probability of the mode.
ARM_MODES = np.array(
    [
        [0.05, 0.45, -0.30, 0.35, -0.20, 0.30, 0.0, 0.0, 0.14],  # hanging
        [0.30, 2.90, -0.20, 0.45, -0.10, 0.25, 0.0, 0.0, 0.28],  # raising and lowering
        [1.00, 1.90, -0.30, 0.60, -0.20, 0.20, 0.0, 0.0, 0.18],  # spread
        [1.10, 2.20, 0.50, 1.20, 0.00, 0.25, 0.45, 0.0, 0.18],  # waving
        [0.20, 0.55, -2.10, -1.50, 0.20, 0.45, 0.2, 0.0, 0.07],  # across the torso
        [0.60, 1.00, -2.10, -1.70, -0.15, 0.05, 0.0, 0.0, 0.07],  # hand on the hip
        [0.05, 0.30, -0.20, 0.20, -0.15, 0.15, 0.0, 0.55, 0.08],  # swinging
    ]
)
# Limits of: abduction of the leg, knee flexion kept in the plane of the picture, flexion of the hip to the front
# (the knee folds back by twice as much); then the amplitude of the stepping sine, whether both legs move alike,
# and the probability of the mode.
LEG_MODES = np.array(
    [
        [0.02, 0.16, 0.00, 0.05, 0.00, 0.05, 0.0, 1.0, 0.18],  # standing
        [0.02, 0.14, 0.00, 0.08, 0.05, 0.15, 0.55, 0.0, 0.24],  # walking on the spot
        [0.12, 0.75, 0.15, 0.60, 0.05, 0.85, 0.0, 1.0, 0.22],  # squatting
        [0.10, 0.60, 0.00, 0.10, 0.00, 0.05, 0.0, 1.0, 0.18],  # straddling
        [0.02, 0.85, 0.00, 0.40, 0.00, 0.30, 0.0, 0.0, 0.12],  # one leg, then the other, to the side
        [-0.16, 0.10, -0.05, 0.05, 0.00, 0.10, 0.0, 0.0, 0.06],  # legs crossed
    ]
)
# Bone lengths in body heights, before each body's own variation.
PROPORTIONS = dict(
    head=0.19, torso=0.29, shoulder=0.105, hip=0.062, upper_arm=0.165, fore_arm=0.16, thigh=0.235, shin=0.235
)


class MotionLaw(NamedTuple):
    """Which bodies there are and what they do.

    Attributes:
        proportions: Mean bone lengths in body heights.
        arm_modes: Probability of each of ARM_MODES.
        leg_modes: Probability of each of LEG_MODES.
    """

    proportions: dict[str, float]
    arm_modes: np.ndarray
    leg_modes: np.ndarray


LAWS = {
    'puppets': MotionLaw(PROPORTIONS, ARM_MODES[:, -1], LEG_MODES[:, -1]),
    # Another source of poses: large heads, short limbs, broad hips; they mostly walk and squat with quiet arms.
    'foreign': MotionLaw(
        dict(head=0.25, torso=0.33, shoulder=0.12, hip=0.085, upper_arm=0.13, fore_arm=0.125, thigh=0.19, shin=0.185),
        np.array([0.34, 0.10, 0.05, 0.05, 0.16, 0.12, 0.18]),
        np.array([0.10, 0.40, 0.36, 0.05, 0.05, 0.04]),
    ),
}


class PuppetMotion(NamedTuple):
    """Projected joints of V videos of T frames.

    Attributes:
        keypoints: (V, T, 14, 2), (x, y) in pixels of the image.
        depth: (V, T, 14), towards the camera, in body heights.
        scale: (V,), pixels per body height.
        facing: (V, T), yaw in radians, positive when the figure looks to the right of the picture.
    """

    keypoints: np.ndarray
    depth: np.ndarray
    scale: np.ndarray
    facing: np.ndarray


def _curves(rng: np.random.Generator, low: np.ndarray, high: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Smooth random curves inside their limits: cubic B-splines with uniform knots (V, D) -> (V, T, D)."""
    num_knots = int(np.ceil(max(float(times.max()), HORIZON) / KNOT_SPACING)) + 4
    # Beta(0.6, 0.6) visits the limits more often than a uniform draw: the spline's averaging pulls to the middle.
    knots = rng.beta(0.6, 0.6, size=(low.shape[0], num_knots, low.shape[1]))
    position = times / KNOT_SPACING
    first = np.minimum(position.astype(int), num_knots - 4)
    u = position - first
    weights = np.stack([(1 - u) ** 3, 3 * u**3 - 6 * u**2 + 4, -3 * u**3 + 3 * u**2 + 3 * u + 1, u**3], axis=-1) / 6
    videos = np.arange(low.shape[0])[:, None]
    unit = sum(weights[..., i, None] * knots[videos, first + i] for i in range(4))
    return low[:, None] + (high - low)[:, None] * unit


def _direction(side: float, abduction: np.ndarray, flexion: np.ndarray) -> np.ndarray:
    """Unit vector of a limb in the frame of the body; ``side`` is +1 for the left one. (V, T) -> (V, T, 3)."""
    return np.stack(
        [side * np.sin(abduction) * np.cos(flexion), np.cos(abduction) * np.cos(flexion), np.sin(flexion)], axis=-1
    )


def _rotate(points: np.ndarray, angle: np.ndarray, axis: str) -> np.ndarray:
    """Rotates (V, T, ..., 3) points by (V, T) angles about a coordinate axis through the origin."""
    first, second = {'x': (1, 2), 'y': (2, 0), 'z': (0, 1)}[axis]
    angle = angle.reshape(angle.shape + (1,) * (points.ndim - 3))
    rotated = points.copy()
    rotated[..., first] = np.cos(angle) * points[..., first] - np.sin(angle) * points[..., second]
    rotated[..., second] = np.sin(angle) * points[..., first] + np.cos(angle) * points[..., second]
    return rotated


def _limb_angles(rng: np.random.Generator, num: int, times: np.ndarray, law: MotionLaw):
    """Angles of arms and legs: two lists [right, left] of (V, T, 3) arrays (upper, lower - upper, flexion)."""
    modes = rng.choice(len(ARM_MODES), size=(num, 2), p=law.arm_modes)
    alike = rng.random(num) < 0.35
    modes[alike, 1] = modes[alike, 0]
    frequency = rng.uniform(0.25, 0.5, size=(num, 1))
    phase = rng.uniform(0, 2 * np.pi, size=(num, 1)) + frequency * times
    arms = []
    for side in range(2):
        mode = ARM_MODES[modes[:, side]]
        angles = _curves(rng, mode[:, 0:6:2], mode[:, 1:6:2], times)
        angles[..., 1] += mode[:, 6, None] * np.sin(2 * phase + side)
        angles[..., 2] += mode[:, 7, None] * np.sin(phase + side * np.pi)
        arms.append(angles)
    # Half of the videos that use one mode for both arms move them in step (as in jumping jacks).
    in_step = alike & (rng.random(num) < 0.5)
    arms[1][in_step] = arms[0][in_step]

    mode = LEG_MODES[rng.choice(len(LEG_MODES), size=num, p=law.leg_modes)]
    legs = [_curves(rng, mode[:, 0:6:2], mode[:, 1:6:2], times) for _ in range(2)]
    together = mode[:, 7] > 0
    legs[1][together] = 0.15 * legs[1][together] + 0.85 * legs[0][together]
    for side in range(2):
        legs[side][..., 2] += mode[:, 6, None] * np.maximum(np.sin(phase + (1 - side) * np.pi), 0)
    return arms, legs


def _bodies(rng: np.random.Generator, num: int, law: MotionLaw) -> dict[str, np.ndarray]:
    """Bone lengths in body heights, each (num, 1, 1)."""
    build = rng.uniform(0.9, 1.12, size=(num, 1, 1))
    lengths = {name: value * rng.uniform(0.9, 1.1, size=(num, 1, 1)) for name, value in law.proportions.items()}
    for name in ('shoulder', 'hip'):
        lengths[name] = lengths[name] * build
    return lengths


def _skeletons(rng: np.random.Generator, num: int, times: np.ndarray, law: MotionLaw) -> tuple[np.ndarray, np.ndarray]:
    """3D joints (V, T, 14, 3) of random bodies, feet on the ground y = 0, and their yaw (V, T)."""
    body = _bodies(rng, num, law)
    arms, legs = _limb_angles(rng, num, times, law)
    bending = np.where(rng.random((num, 1)) < 0.3, 0.65, 0.14)
    # Columns: roll of the torso, pitch of the torso, roll of the head, change of yaw, shift on the ground.
    limit = np.concatenate([bending, np.tile([0.12, 0.35, 0.25, 0.07], (num, 1))], axis=1)
    roll, pitch, nod, turn, shift = np.moveaxis(_curves(rng, -limit, limit, times), -1, 0)
    yaw = np.clip(rng.normal(0, 0.3, size=(num, 1)), -0.6, 0.6) + turn

    zero = np.zeros(yaw.shape + (3,))
    joints = {}
    upper = {'neck': zero + body['torso'] * [0, -1, 0]}
    head = _rotate(zero + body['head'] * [0, -1, 0], nod, 'z')
    upper['head_top'] = upper['neck'] + head
    for index, (name, side) in enumerate((('right', -1.0), ('left', 1.0))):
        arm, leg = arms[index], legs[index]
        shoulder = upper['neck'] + body['shoulder'] * [side, 0, 0] + body['torso'] * [0, 0.08, 0]
        # Raised arms lift the shoulder a little.
        shoulder = shoulder + 0.15 * body['shoulder'] * [0, -1, 0] * np.clip(arm[..., :1] - 1.0, 0, 1)
        elbow = shoulder + body['upper_arm'] * _direction(side, arm[..., 0], arm[..., 2])
        wrist = elbow + body['fore_arm'] * _direction(side, arm[..., 0] + arm[..., 1], arm[..., 2] * 0.6 + 0.15)
        upper.update({f'{name}_shoulder': shoulder, f'{name}_elbow': elbow, f'{name}_wrist': wrist})
        hip = zero + body['hip'] * [side, 0, 0]
        knee = hip + body['thigh'] * _direction(side, leg[..., 0], leg[..., 2])
        ankle = knee + body['shin'] * _direction(side, leg[..., 0] - leg[..., 1], -leg[..., 2])
        joints.update({f'{name}_hip': hip, f'{name}_knee': knee, f'{name}_ankle': ankle})
    # The sides of the torso bend with it: everything above the pelvis turns as one.
    for key, value in upper.items():
        joints[key] = _rotate(_rotate(value, pitch, 'x'), roll, 'z')
    points = np.stack([joints[name] for name in KEYPOINT_NAMES], axis=2)
    points = _rotate(points, yaw, 'y')
    ankles = points[:, :, [KEYPOINT_NAMES.index('right_ankle'), KEYPOINT_NAMES.index('left_ankle')], 1]
    points[..., 1] -= ankles.max(axis=2)[..., None]
    points[..., 0] += shift[..., None]
    return points, yaw


def random_motion(rng: np.random.Generator, times: np.ndarray, image_size: int, law: str = 'puppets') -> PuppetMotion:
    """Draws one figure and one motion per row of ``times`` and projects it into the picture.

    Args:
        rng: Source of every choice.
        times: (V, T) frame times, >= 0. The scale of a figure depends on times 0..HORIZON and on these times only, so
            that a single pose is drawn from the same law as a frame of a video.
        image_size: Side of the square image in pixels.
        law: One of LAWS.
    """
    num, num_times = times.shape
    probe = np.tile(np.linspace(0, HORIZON, 17), (num, 1))
    points, yaw = _skeletons(rng, num, np.concatenate([times, probe], axis=1), LAWS[law])
    low, high = points[..., :2].min(axis=(1, 2)), points[..., :2].max(axis=(1, 2))

    # Room for what is painted around the joints: hands, feet, hat. It also covers motion between probed times.
    margin = max(2.0, 0.05 * image_size)
    room = image_size - 1 - 2 * margin
    scale = np.minimum(rng.uniform(0.68, 0.95, size=num) * image_size, room / (high - low).max(axis=1))
    free = room - (high - low) * scale[:, None]
    # Beta(3, 3): anywhere, more often near the middle.
    offset = margin + free * rng.beta(3.0, 3.0, size=(num, 2)) - low * scale[:, None]
    points = points[:, :num_times]
    keypoints = points[..., :2] * scale[:, None, None, None] + offset[:, None, None]
    return PuppetMotion(keypoints.astype(np.float32), points[..., 2].astype(np.float32), scale, yaw[:, :num_times])
