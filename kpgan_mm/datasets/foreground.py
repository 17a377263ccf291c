"""Foreground by background subtraction, for clips of a camera that stands still."""

import cv2
import numpy as np


def foreground_masks(
    frames: np.ndarray, threshold: float = 30.0, num_background: int = 64, body_stands_still: bool = False
) -> np.ndarray:
    """Marks what differs from the clip's background, without specks and holes.

    The background is the clip's median picture, so what does not move counts as background. Where most of a body
    stays in place (somebody waves), ``body_stands_still`` first takes the body out of the median picture.

    Args:
        frames: (T, H, W, 3) uint8.
        threshold: Least difference, maximum over the colours, in grey levels.
        num_background: The median is taken over at most this many frames, evenly spread.
        body_stands_still: Separate a body in the middle of the median picture from what is at its left, right and
            upper border (GrabCut), and paint over it from its surroundings.

    Returns:
        np.ndarray: (T, H, W) bool.

    Raises:
        ValueError: For fewer than three frames, from which no background can be told.
    """
    frames = np.asarray(frames)
    if len(frames) < 3:
        raise ValueError(f'background subtraction needs a clip of at least 3 frames, got {len(frames)}')
    chosen = np.unique(np.linspace(0, len(frames) - 1, num_background).round().astype(int))
    background = np.median(frames[chosen], axis=0).astype(np.uint8)
    if body_stands_still:
        background = _without_body(background)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    masks = np.empty(frames.shape[:3], dtype=bool)
    for index, frame in enumerate(frames):
        mask = (cv2.absdiff(frame, background).max(axis=-1) > threshold).astype(np.uint8)
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel)
        masks[index] = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel, iterations=2) > 0
    return masks


def _without_body(image: np.ndarray) -> np.ndarray:
    """Paints over the body that stands in the middle of a picture and may leave it at the bottom."""
    height, width = image.shape[:2]
    labels = np.full((height, width), cv2.GC_BGD, dtype=np.uint8)
    labels[height // 10 :, width // 5 : -(width // 5)] = cv2.GC_PR_FGD
    cv2.setRNGSeed(0)
    cv2.grabCut(image, labels, None, np.zeros((1, 65)), np.zeros((1, 65)), 5, cv2.GC_INIT_WITH_MASK)
    body = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    body = cv2.dilate(body, np.ones((3, 3), np.uint8), iterations=max(1, height // 32))
    return cv2.inpaint(image, body, 3, cv2.INPAINT_TELEA)
