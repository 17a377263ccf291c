"""How a puppet looks: outfits, textured backgrounds and the painter, for the generated data set of :mod:`.puppets`."""

from typing import NamedTuple

import cv2
import numpy as np

from .puppet_motion import KEYPOINT_NAMES

SUPERSAMPLING = 4
_FRACTION_BITS = 4  # cv2 draws at 1/16 of a (supersampled) pixel
_INDEX = {name: index for index, name in enumerate(KEYPOINT_NAMES)}

# Limbs: (upper joint, lower joint, relative width at its upper end and at its lower end). The left and the right side
# are painted alike, as in real pictures.
_LIMBS = tuple(
    (f'{side}_{upper}', f'{side}_{lower}', first, last)
    for side in ('right', 'left')
    for upper, lower, first, last in (
        ('shoulder', 'elbow', 0.078, 0.066),
        ('elbow', 'wrist', 0.064, 0.05),
        ('hip', 'knee', 0.1, 0.078),
        ('knee', 'ankle', 0.074, 0.058),
    )
)
_TORSO, _HEAD, _FIRST_LIMB = 1, 2, 3
_SKIN = ((206, 224, 247), (160, 190, 232), (118, 156, 212), (80, 116, 172), (54, 80, 128), (36, 52, 88))
_HAIR = ((24, 28, 34), (34, 52, 84), (74, 136, 190), (40, 72, 140), (150, 150, 155), (70, 170, 210))


class Outfit(NamedTuple):
    """Looks of one figure; colours are BGR tuples."""

    skin: tuple
    hair: tuple
    shirt: tuple
    shirt_pattern: tuple
    trousers: tuple
    trousers_pattern: tuple
    shoes: tuple
    pattern: str
    trousers_striped: bool
    long_sleeves: bool
    long_trousers: bool
    hat: tuple | None
    width: float


def _random_color(rng: np.random.Generator, most_saturated: int = 255) -> tuple:
    hsv = np.array([[[rng.integers(180), rng.integers(20, most_saturated), rng.integers(40, 255)]]], dtype=np.uint8)
    return tuple(int(value) for value in cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)[0, 0])


def _distance(first: tuple, second: tuple) -> float:
    return float(np.linalg.norm(np.subtract(first, second)))


def _color_unlike(rng: np.random.Generator, others: list, least: float, most_saturated: int = 255) -> tuple:
    """A random colour far from ``others`` (the farthest of 40 draws if none is far enough)."""
    draws = []
    for _ in range(40):
        color = _random_color(rng, most_saturated)
        gap = min(_distance(color, other) for other in others)
        if gap >= least:
            return color
        draws.append((gap, color))
    return max(draws)[1]


def random_outfit(rng: np.random.Generator) -> Outfit:
    """Draws colours, patterns, sleeves, hat and build."""
    skin = _SKIN[rng.integers(len(_SKIN))]
    shirt = _color_unlike(rng, [skin], 70)
    trousers = _color_unlike(rng, [skin, shirt], 70)
    return Outfit(
        skin=skin,
        hair=_HAIR[rng.integers(len(_HAIR))],
        shirt=shirt,
        shirt_pattern=_color_unlike(rng, [shirt], 110),
        trousers=trousers,
        trousers_pattern=_color_unlike(rng, [trousers], 60),
        shoes=tuple(int(value) for value in rng.integers(20, 120, size=3)),
        pattern=str(rng.choice(['plain', 'plain', 'stripes', 'columns', 'dots'])),
        trousers_striped=bool(rng.random() < 0.2),
        long_sleeves=bool(rng.random() < 0.6),
        long_trousers=bool(rng.random() < 0.7),
        hat=_random_color(rng) if rng.random() < 0.35 else None,
        width=float(rng.uniform(0.9, 1.2)),
    )


def random_background(rng: np.random.Generator, size: int, outfit: Outfit) -> np.ndarray:
    """A wall and a floor with soft texture and a few objects, unlike the figure's colours: (size, size, 3) uint8."""
    worn = [outfit.skin, outfit.shirt, outfit.trousers]
    wall = np.array(_color_unlike(rng, worn, 95, most_saturated=150), dtype=np.float32)
    image = np.empty((size, size, 3), dtype=np.float32)
    image[:] = wall
    horizon = int(size * rng.uniform(0.6, 0.95))
    image[horizon:] = wall * rng.uniform(0.7, 0.9) + rng.uniform(0, 25, size=3)
    for _ in range(rng.integers(0, 5)):
        tint = wall + rng.normal(0, 28, size=3)
        x, y = rng.integers(0, size, size=2)
        w, h = rng.integers(size // 8, size // 2, size=2)
        if rng.random() < 0.6:
            image[y : y + h, x : x + w] = tint
        else:
            cv2.circle(image, (int(x), int(y)), int(w // 2), tint.tolist(), -1)
    for cells, strength in ((4, 14.0), (int(rng.integers(10, 24)), rng.uniform(4, 14))):
        noise = rng.normal(0, strength, size=(cells, cells, 3)).astype(np.float32)
        noise = 0.3 * noise + 0.7 * noise.mean(axis=2, keepdims=True)
        image += cv2.resize(noise, (size, size), interpolation=cv2.INTER_CUBIC)
    return np.clip(image, 0, 255).astype(np.uint8)


class PuppetPainter:
    """Paints one figure over its background, with anti-aliasing.

    Args:
        rng: Source of the looks.
        image_size: Side of the picture in pixels.
        scale: Pixels per body height, of which the widths of limbs are fractions.
    """

    def __init__(self, rng: np.random.Generator, image_size: int, scale: float) -> None:
        self.image_size = image_size
        self.outfit = random_outfit(rng)
        size = image_size * SUPERSAMPLING
        background = cv2.resize(
            random_background(rng, image_size, self.outfit), (size, size), interpolation=cv2.INTER_LINEAR
        )
        # The fourth channel holds the number of the part that is seen at a pixel; 0 is background.
        self.canvas = np.dstack([background, np.zeros((size, size), np.uint8)])
        self.unit = scale * SUPERSAMPLING * self.outfit.width
        # Below 64 px limbs would get thinner than can be seen.
        self.thinnest = 2.2 * SUPERSAMPLING
        self.outline = 0.45 * SUPERSAMPLING

    def __call__(self, keypoints: np.ndarray, depth: np.ndarray, facing: float):
        """Paints one frame.

        Args:
            keypoints: (14, 2) pixels. depth: (14,) towards the camera. facing: Yaw in radians.

        Returns:
            tuple: image (S, S, 3) uint8, foreground (S, S) bool, visible (14,) float32 (0 where another part hides
            the joint).
        """
        image = self.canvas.copy()
        # Centres of supersampled pixels: pixel x spans [x - 0.5, x + 0.5].
        points = (keypoints.astype(np.float64) + 0.5) * SUPERSAMPLING - 0.5
        paint = [(0.0, lambda: self._torso(image, points))]
        for number, (upper, lower, *_) in enumerate(_LIMBS):
            a, b = _INDEX[upper], _INDEX[lower]
            # Legs go under the torso's hem, arms in front of the torso unless they are clearly behind it. Within a
            # limb the lower part covers the upper one.
            level = -10.0 if number % 4 >= 2 else 0.1
            level += 0.5 * (depth[a] + depth[b]) - depth[_INDEX['neck']] * (number % 4 < 2) + 0.01 * (number % 2)
            paint.append((level, lambda number=number: self._limb(image, points, number)))
        paint.append(
            (
                0.02 + max(0.0, depth[_INDEX['head_top']] - depth[_INDEX['neck']]),
                lambda: self._head(image, points, facing),
            )
        )
        for _, part in sorted(paint, key=lambda item: item[0]):
            part()
        parts = image[..., 3]
        small = cv2.resize(image[..., :3], (self.image_size, self.image_size), interpolation=cv2.INTER_AREA)
        cover = cv2.resize(
            np.where(parts > 0, np.uint8(255), np.uint8(0)), (self.image_size,) * 2, interpolation=cv2.INTER_AREA
        )
        return small, cover >= 128, self._visible(parts, points)

    @staticmethod
    def _visible(parts: np.ndarray, points: np.ndarray) -> np.ndarray:
        column, row = np.clip(np.rint(points).astype(int), 0, parts.shape[0] - 1).T
        seen = parts[row, column]
        return np.array([seen[i] in _OWNERS[i] for i in range(len(seen))], dtype=np.float32)

    def _stroke(self, image, start, end, width, color, part) -> None:
        start, end = (tuple(int(v) for v in np.rint(np.asarray(p) * (1 << _FRACTION_BITS))) for p in (start, end))
        cv2.line(image, start, end, (*color, part), max(1, int(round(width))), cv2.LINE_8, _FRACTION_BITS)

    def _limb(self, image: np.ndarray, points: np.ndarray, number: int) -> None:
        upper, lower, first, last = _LIMBS[number]
        start, end, part = points[_INDEX[upper]], points[_INDEX[lower]], _FIRST_LIMB + number
        look = self.outfit
        is_arm, is_lower = number % 4 < 2, number % 2 == 1
        color = look.shirt if is_arm else look.trousers
        if is_lower and not (look.long_sleeves if is_arm else look.long_trousers):
            color = look.skin
        widths = [max(self.thinnest, self.unit * width) for width in (first, last)]
        shade = _shade(color, 0.55)
        self._stroke(image, start, end, widths[1] + 2 * self.outline, shade, part)
        # A tapered limb: three overlapping strokes.
        for share in (1.0, 0.66, 0.33):
            width = widths[0] + (widths[1] - widths[0]) * share
            self._stroke(image, start, start + (end - start) * share, width, color, part)
        striped = look.pattern == 'stripes' if is_arm else look.trousers_striped
        if striped and color != look.skin:
            across = np.array([-(end - start)[1], (end - start)[0]])
            across = across / max(np.linalg.norm(across), 1e-6) * 0.42 * widths[1]
            for share in (0.25, 0.7):
                middle = start + (end - start) * share
                pattern = look.shirt_pattern if is_arm else look.trousers_pattern
                self._stroke(image, middle - across, middle + across, 0.35 * widths[1], pattern, part)
        if is_lower:
            if is_arm:
                direction = (end - start) / max(np.linalg.norm(end - start), 1e-6)
                self._dot(image, end + direction * 0.2 * widths[1], 0.62 * widths[1], look.skin, part)
            else:
                toe = np.array([np.sign(end[0] - points[_INDEX['neck'], 0]) * 0.3, 0.2]) * widths[1]
                self._stroke(image, end, end + toe, 1.15 * widths[1], look.shoes, part)

    def _dot(self, image, center, radius, color, part) -> None:
        center = tuple(int(v) for v in np.rint(np.asarray(center) * (1 << _FRACTION_BITS)))
        cv2.circle(image, center, int(radius * (1 << _FRACTION_BITS)), (*color, part), -1, cv2.LINE_8, _FRACTION_BITS)

    def _torso(self, image: np.ndarray, points: np.ndarray) -> None:
        look = self.outfit
        corners = [points[_INDEX[f'{name}']] for name in ('right_shoulder', 'left_shoulder', 'left_hip', 'right_hip')]
        neck = points[_INDEX['neck']]
        outline = [corners[0], 0.6 * neck + 0.4 * corners[0], 0.6 * neck + 0.4 * corners[1], *corners[1:]]
        rounding = max(self.thinnest, 0.085 * self.unit)
        polygon = np.rint(np.array(outline) * (1 << _FRACTION_BITS)).astype(np.int32)
        head = points[_INDEX['head_top']] - neck
        self._stroke(image, neck, neck + 0.3 * head, max(self.thinnest, 0.06 * self.unit), look.skin, _TORSO)
        for width, color in ((rounding + 2 * self.outline, _shade(look.shirt, 0.55)), (rounding, look.shirt)):
            cv2.polylines(image, [polygon], True, (*color, _TORSO), int(round(width)), cv2.LINE_8, _FRACTION_BITS)
        cv2.fillPoly(image, [polygon], (*look.shirt, _TORSO), cv2.LINE_8, _FRACTION_BITS)

        def at(u: float, v: float) -> np.ndarray:
            top = corners[0] + (corners[1] - corners[0]) * u
            bottom = corners[3] + (corners[2] - corners[3]) * u
            return top + (bottom - top) * v

        if look.pattern == 'stripes':
            for v in (0.12, 0.42, 0.72):
                self._stroke(image, at(0, v), at(1, v), 0.045 * self.unit, look.shirt_pattern, _TORSO)
        elif look.pattern == 'columns':
            for u in (0.15, 0.5, 0.85):
                self._stroke(image, at(u, 0.05), at(u, 0.9), 0.035 * self.unit, look.shirt_pattern, _TORSO)
        elif look.pattern == 'dots':
            for i, v in enumerate((0.1, 0.4, 0.7)):
                for u in (0.2, 0.75) if i % 2 else (0.0, 0.48, 1.0):
                    self._dot(image, at(u, v), 0.026 * self.unit, look.shirt_pattern, _TORSO)
        self._stroke(image, at(0.05, 1.02), at(0.95, 1.02), 0.07 * self.unit, look.trousers, _TORSO)

    def _head(self, image: np.ndarray, points: np.ndarray, facing: float) -> None:
        look = self.outfit
        neck, top = points[_INDEX['neck']], points[_INDEX['head_top']]
        axis = top - neck
        length = max(float(np.linalg.norm(axis)), 1e-6)
        up = axis / length
        right = np.array([-up[1], up[0]])
        radius = max(0.068 * self.unit, self.thinnest)
        center = top - up * radius * 1.05
        angle = float(np.degrees(np.arctan2(up[1], up[0])))

        def ellipse(middle, along, across, color, first=0, last=360) -> None:
            middle, axes = (
                tuple(int(v) for v in np.rint(np.asarray(p) * (1 << _FRACTION_BITS))) for p in (middle, (along, across))
            )
            cv2.ellipse(image, middle, axes, angle, first, last, (*color, _HEAD), -1, cv2.LINE_8, _FRACTION_BITS)

        ellipse(center, 1.15 * radius + self.outline, 0.95 * radius + self.outline, _shade(look.skin, 0.5))
        ellipse(center, 1.15 * radius, 0.95 * radius, look.skin)
        ellipse(center + up * 0.12 * radius, 1.1 * radius, 1.0 * radius, look.hair, -72, 72)
        for side in (-1, 1):
            # ``right`` points to the left of the picture when the head is upright, hence the sign of the yaw.
            eye = center + right * radius * (0.36 * side + 0.5 * np.sin(facing)) - up * 0.1 * radius
            self._dot(image, eye, 0.15 * radius, (30, 30, 30), _HEAD)
        if look.hat is not None:
            ellipse(center + up * 0.45 * radius, 0.85 * radius, 1.08 * radius, look.hat, -90, 90)
            brim = center + up * 0.45 * radius
            self._stroke(image, brim - right * 1.4 * radius, brim + right * 1.4 * radius, 0.3 * radius, look.hat, _HEAD)


def _shade(color: tuple, factor: float) -> tuple:
    return tuple(int(value * factor) for value in color)


def _owners() -> list[set[int]]:
    """For every joint the numbers of the parts that belong to it: seeing one of them there is seeing the joint."""
    owners = [set() for _ in KEYPOINT_NAMES]
    for name in ('neck', 'right_shoulder', 'left_shoulder', 'right_hip', 'left_hip'):
        owners[_INDEX[name]].add(_TORSO)
    for name in ('head_top', 'neck'):
        owners[_INDEX[name]].add(_HEAD)
    for number, (upper, lower, *_) in enumerate(_LIMBS):
        for name in (upper, lower):
            owners[_INDEX[name]].add(_FIRST_LIMB + number)
    return owners


_OWNERS = _owners()
