"""A folder as users have it: sound pictures of every kind, and broken files among them."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

# Sound ones, with (height, width) as read.
SOUND = {
    'alpha.png': (40, 60),
    'cmyk.jpg': (40, 60),
    'deep/grey.png': (40, 60),
    'deep/grey_alpha.png': (40, 60),
    'deep/odd.bmp': (17, 31),
    'deep/palette.png': (40, 60),
    'one_pixel.png': (1, 1),
    'sixteen_bit.png': (40, 60),
    'thin.png': (1, 300),
    'turned.jpg': (60, 40),
}
BROKEN = ('cut.jpg', 'cut.png', 'empty.png', 'folder_is_no_image.jpg/text.jpg', 'text.jpg')


def make_folder(root: Path) -> Path:
    """Write the files of SOUND and BROKEN, and one that is no image by its name."""
    for name in (*SOUND, *BROKEN):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(0).integers(0, 255, (40, 60, 3)).astype(np.uint8)
    picture, noise = Image.fromarray(pixels), Image.fromarray(np.kron(pixels, np.ones((4, 4, 1), np.uint8)))
    picture.convert('RGBA').save(root / 'alpha.png')
    picture.convert('CMYK').save(root / 'cmyk.jpg')
    picture.convert('L').save(root / 'deep/grey.png')
    picture.convert('LA').save(root / 'deep/grey_alpha.png')
    picture.crop((0, 0, 31, 17)).save(root / 'deep/odd.bmp')
    picture.convert('P').save(root / 'deep/palette.png')
    picture.crop((0, 0, 1, 1)).save(root / 'one_pixel.png')
    cv2.imwrite(str(root / 'sixteen_bit.png'), 257 * pixels[..., 0].astype(np.uint16))
    picture.resize((300, 1)).save(root / 'thin.png')
    orientation = Image.Exif()
    orientation[0x0112] = 6  # to be turned by a quarter
    picture.save(root / 'turned.jpg', exif=orientation)
    for name in ('cut.jpg', 'cut.png'):
        noise.save(root / name)
        content = (root / name).read_bytes()
        (root / name).write_bytes(content[: len(content) // 2])
    (root / 'empty.png').touch()
    for name in ('folder_is_no_image.jpg/text.jpg', 'text.jpg', 'notes.txt'):
        (root / name).write_text('no picture')
    return root


def make_video(path: Path, num_frames: int = 35, size: tuple[int, int] = (64, 48)) -> Path:
    """Write a video of 10 frames a second, of (width, height)."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), 10.0, size)
    for number in range(num_frames):
        writer.write(np.full((size[1], size[0], 3), 5 * number, np.uint8))
    writer.release()
    return path
