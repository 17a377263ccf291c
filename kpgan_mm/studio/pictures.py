"""Pictures on their way to the browser."""

import base64

import cv2
import numpy as np

# Larger ones go as JPEG, smaller ones without loss.
_MAX_LOSSLESS = 512 * 512


def encode(picture: np.ndarray) -> tuple[bytes, str]:
    """A picture ``(H, W, 3)`` or ``(H, W)`` uint8 BGR as the content of a file, and its media type."""
    if picture.shape[0] * picture.shape[1] <= _MAX_LOSSLESS:
        return cv2.imencode('.png', picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes(), 'image/png'
    return cv2.imencode('.jpg', picture, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes(), 'image/jpeg'


def data_url(picture: np.ndarray) -> str:
    """The same as a URL that holds it."""
    content, kind = encode(picture)
    return f'data:{kind};base64,{base64.b64encode(content).decode()}'
