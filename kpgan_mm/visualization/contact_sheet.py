"""Pictures of what the model sees, draws and predicts.

Note: symbols
    - N: samples, K: keypoints, E: links, H and W: height and width in pixels
    - all images are uint8 RGB; all keypoints are (x, y) in pixels, pixel centres at integers
"""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

# Tiles are shown between these sides: 64 px images are too small to judge, photographs too large for a sheet.
_SMALLEST_SIDE, _LARGEST_SIDE = 128, 256
_GAP, _LABEL_WIDTH, _LABEL_SCALE, _HEADING_HEIGHT = 4, 128, 0.45, 20
_INK, _PAPER = (40, 40, 40), (255, 255, 255)
# cv2 draws with this many fractional bits, so that joints do not jump between pixels.
_SHIFT = 4


def to_uint8(images) -> np.ndarray:
    """Turn network images into pictures.

    Args:
        images (Tensor | np.ndarray): ``(N, 3, H, W)`` or ``(N, 1, H, W)`` in ``[-1, 1]``; what exceeds it is clipped.

    Returns:
        np.ndarray: ``(N, H, W, 3)`` uint8, grey for one channel.
    """
    if hasattr(images, 'detach'):
        images = images.detach().float().cpu().numpy()
    images = np.moveaxis(np.nan_to_num(np.asarray(images, np.float32)), 1, -1)
    pictures = np.round((images.clip(-1, 1) + 1) * 127.5).astype(np.uint8)
    return np.repeat(pictures, 3, axis=-1) if pictures.shape[-1] == 1 else pictures


def _end(keypoints: np.ndarray, end: int | Sequence[int]) -> np.ndarray:
    """Position of a link's end: a joint, or the mean of several."""
    return keypoints[list(end)].mean(axis=0) if isinstance(end, Sequence) else keypoints[int(end)]


def draw_keypoints(image: np.ndarray, keypoints: np.ndarray, links: Sequence, colors: Sequence) -> np.ndarray:
    """Draw a pose over an image.

    Args:
        image (np.ndarray): ``(H, W, 3)`` uint8; not changed.
        keypoints (np.ndarray): ``(K, 2)`` in pixels; joints that are not finite, and their links, are left out.
        links (Sequence): E pairs of joint indices; an end may be a sequence of indices, meaning their mean.
        colors (Sequence): ``(K, 3)`` colours of the joints, in the image's channel order. A link has that of its second
            end (of the first joint, if it is a mean).

    Returns:
        np.ndarray: ``(H, W, 3)`` uint8.

    Raises:
        ValueError: if there is not one colour for each keypoint.
    """
    keypoints = np.asarray(keypoints, np.float64)
    if len(colors) != len(keypoints):
        raise ValueError(f'{len(colors)} colours for {len(keypoints)} keypoints')
    colors = [tuple(int(value) for value in color) for color in colors]
    image = np.ascontiguousarray(image).copy()
    side = max(image.shape[:2])
    radius, thickness = max(3, round(side / 64)), max(1, round(side / 128))

    def place(point: np.ndarray) -> tuple[int, int]:
        # far outside is as good as just outside, and cv2's integers must not overflow
        x, y = np.round(point.clip(-side, 2 * side) * 2**_SHIFT).astype(int)
        return int(x), int(y)

    for first, second in links:
        start, stop = _end(keypoints, first), _end(keypoints, second)
        if np.isfinite((start, stop)).all():
            color = colors[second[0] if isinstance(second, Sequence) else int(second)]
            cv2.line(image, place(start), place(stop), color, thickness, cv2.LINE_AA, _SHIFT)
    for point, color in zip(keypoints, colors, strict=True):
        if np.isfinite(point).all():
            cv2.circle(image, place(point), radius * 2**_SHIFT, color, -1, cv2.LINE_AA, _SHIFT)
            cv2.circle(image, place(point), radius * 2**_SHIFT, _INK, 1, cv2.LINE_AA, _SHIFT)
    return image


def display_size(height: int, width: int) -> tuple[int, int]:
    """(height, width) at which a picture is shown: the shorter side is brought into 128 to 256 pixels."""
    scale = min(max(_SMALLEST_SIDE / min(height, width), 1.0), _LARGEST_SIDE / min(height, width))
    return round(height * scale), round(width * scale)


def draw_tile(image: np.ndarray, size: tuple[int, int] | None = None) -> np.ndarray:
    """Resize a picture ``(H, W, 3)`` to ``size`` (height, width), by default to its display size."""
    size = size or display_size(*image.shape[:2])
    enlarged = size[0] > image.shape[0]
    return cv2.resize(image, size[::-1], interpolation=cv2.INTER_CUBIC if enlarged else cv2.INTER_AREA)


def draw_pose_tile(image: np.ndarray, keypoints: np.ndarray, links: Sequence, colors: Sequence) -> np.ndarray:
    """Resize a picture to its display size and draw a pose over it; arguments as for :func:`draw_keypoints`."""
    tile = draw_tile(image)
    # drawn after scaling, for thin lines; pixel centres move with their pixels
    scale = np.array(tile.shape[1::-1]) / image.shape[1::-1]
    return draw_keypoints(tile, (np.asarray(keypoints, np.float64) + 0.5) * scale - 0.5, links, colors)


def _label(text: str, height: int, width: int = _LABEL_WIDTH) -> np.ndarray:
    label = np.full((height, width, 3), _PAPER, np.uint8)
    origin = (8, height // 2 + 4)
    cv2.putText(label, text, origin, cv2.FONT_HERSHEY_SIMPLEX, _LABEL_SCALE, _INK, 1, cv2.LINE_AA)
    return label


def draw_grid(rows: dict[str, Sequence[np.ndarray | None]], headings: Sequence[str] = ()) -> np.ndarray:
    """Set pictures out in labelled rows.

    Args:
        rows (dict[str, Sequence[np.ndarray | None]]): for each row its label and its pictures, ``(H, W, 3)`` uint8, all
            of one size; None leaves a place empty.
        headings (Sequence[str]): of the columns, from the first on; none leaves no room for them.

    Returns:
        np.ndarray: ``(height, width, 3)`` uint8.
    """
    height, width = next(picture for pictures in rows.values() for picture in pictures if picture is not None).shape[:2]
    columns = max(len(pictures) for pictures in rows.values())
    above = _HEADING_HEIGHT if headings else 0
    shape = (above + len(rows) * (height + _GAP) + _GAP, _LABEL_WIDTH + columns * (width + _GAP), 3)
    sheet = np.full(shape, _PAPER, np.uint8)
    lefts = [_LABEL_WIDTH + column * (width + _GAP) for column in range(columns)]
    for left, heading in zip(lefts, headings, strict=False):
        sheet[:above, left : left + width] = _label(heading, above, width)
    for row, (what, pictures) in enumerate(rows.items()):
        top = above + _GAP + row * (height + _GAP)
        sheet[top : top + height, :_LABEL_WIDTH] = _label(what, height)
        for left, picture in zip(lefts, pictures, strict=False):
            if picture is not None:
                sheet[top : top + height, left : left + width] = picture
    return sheet


def draw_contact_sheet(
    images: np.ndarray,
    skeletons: np.ndarray,
    clean_skeletons: np.ndarray,
    reconstructions: np.ndarray,
    keypoints: np.ndarray,
    skeleton_links: Sequence,
    colors: Sequence,
    references: np.ndarray | None = None,
    truths: np.ndarray | None = None,
) -> np.ndarray:
    """Set samples side by side: a column for each sample, a labelled row for each kind of picture.

    Pictures other than the frames may be of any size; they are shown at that of the frames.

    Args:
        images (np.ndarray): ``(N, H, W, 3)`` uint8, the frames.
        skeletons (np.ndarray): ``(N, H, W, 3)`` uint8, what the backbone draws.
        clean_skeletons (np.ndarray): ``(N, H, W, 3)`` uint8, the same redrawn from the keypoints.
        reconstructions (np.ndarray): ``(N, H, W, 3)`` uint8.
        keypoints (np.ndarray): ``(N, K, 2)`` predictions in pixels of the frames.
        skeleton_links (Sequence): E pairs of joint indices; see :func:`draw_keypoints`.
        colors (Sequence): ``(K, 3)`` RGB colours.
        references (np.ndarray, optional): ``(N, H, W, 3)`` uint8, the frames that lend their appearance.
        truths (np.ndarray, optional): ``(N, K, 2)`` labels in pixels of the frames.

    Returns:
        np.ndarray: the sheet, ``(height, width, 3)`` uint8.

    Raises:
        ValueError: if there is no sample, or a row has not as many pictures as there are frames.
    """
    if len(images) == 0:
        raise ValueError('a contact sheet needs at least one sample')
    rows = {'image': images}
    if references is not None:
        rows['reference'] = references
    rows.update({'skeleton': skeletons, 'clean skeleton': clean_skeletons, 'reconstruction': reconstructions})
    for what, row in {**rows, 'keypoints': keypoints, 'labels': images if truths is None else truths}.items():
        if len(row) != len(images):
            raise ValueError(f'{what}: {len(row)} for {len(images)} frames')

    size = display_size(*images.shape[1:3])
    tiles = {what: [draw_tile(picture, size) for picture in row] for what, row in rows.items()}
    for what, poses in (('prediction', keypoints), ('label', truths)):
        if poses is not None:
            pairs = zip(images, poses, strict=True)
            tiles[what] = [draw_pose_tile(image, pose, skeleton_links, colors) for image, pose in pairs]
    return draw_grid(tiles)


def write_picture(path: str | Path, picture: np.ndarray) -> None:
    """Write a picture, and the folders it lies in.

    Args:
        path (str | Path): file; its ending says in which format.
        picture (np.ndarray): ``(H, W, 3)`` uint8 RGB.

    Raises:
        ValueError: if it cannot be written.
    """
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        written = cv2.imwrite(str(path), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
    except (OSError, cv2.error):
        written = False
    if not written:
        raise ValueError(f'{path} cannot be written: is the folder writable, and the ending .png or .jpg?')
