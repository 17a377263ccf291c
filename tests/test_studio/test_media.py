import asyncio
import struct
import time
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from kpgan_mm.studio.content_types import kind_of
from kpgan_mm.studio.decoder import Decoder
from kpgan_mm.studio.errors import StudioError
from kpgan_mm.studio.media import Media
from tests.test_studio.conftest import write_video


@pytest.fixture
def media(project, decoder):
    return Media(project, max_image_bytes=20_000, max_video_bytes=100_000, decoder=decoder)


def receive(media, name, content, chunk=1000):
    async def chunks():
        for start in range(0, len(content), chunk):
            yield content[start : start + chunk]

    return asyncio.run(media.receive(name, chunks()))


def png_of(width, height):
    """A PNG file of a few bytes whose header promises that size."""
    header = struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)

    def part(kind, content):
        return struct.pack('>I', len(content)) + kind + content + struct.pack('>I', zlib.crc32(kind + content))

    data = zlib.compress(b'\0' * 100_000)
    return b'\x89PNG\r\n\x1a\n' + part(b'IHDR', header) + part(b'IDAT', data) + part(b'IEND', b'')


@pytest.mark.parametrize(
    ('head', 'kind'),
    [
        (b'\xff\xd8\xff\xe0' + bytes(12), 'jpeg'),
        (b'\x89PNG\r\n\x1a\n' + bytes(8), 'png'),
        (b'BM\x01\x02\x03\x04\0\0\0\0' + bytes(6), 'bmp'),
        (b'RIFF\0\0\0\0WEBPVP8 ', 'webp'),
        (b'RIFF\0\0\0\0AVI LIST', 'avi'),
        (b'\0\0\0\x18ftypisom\0\0\0\0', 'mp4'),
        (b'\x1a\x45\xdf\xa3' + bytes(12), 'matroska'),
        (b'#EXTM3U\n#EXT-X-T', None),
        (b'ffconcat version', None),
        (b'<svg xmlns="http', None),
        (b'GIF89a' + bytes(10), None),
        (b'BMX no bitmap at', None),
        (b'', None),
    ],
)
def test_kinds(head, kind):
    assert kind_of(head) == kind


def test_an_upload_is_named_by_its_content(media, project_folder):
    content = (project_folder / 'pictures' / 'a.png').read_bytes()
    path = receive(media, '../../ev il\\näme.exe', content, chunk=5)
    assert path.parent == project_folder / 'studio' / 'uploads'
    assert path.name.startswith('n_me-') and path.suffix == '.png' and path.read_bytes() == content
    assert receive(media, '../../ev il\\näme.exe', content) == path
    assert media.describe(media.project.name_of(path)) == dict(
        path=f'studio/uploads/{path.name}', kind='image', width=48, height=32, frames=1, rate=0.0
    )


@pytest.mark.parametrize('content', [b'', b'short', b'#EXTM3U\nhttp://127.0.0.1/x.ts\n' * 10, b'<html>' * 50])
def test_what_is_no_picture_is_refused_and_not_kept(media, project_folder, content):
    with pytest.raises(StudioError, match='is no picture .* by its content') as caught:
        receive(media, 'picture.png', content)
    assert caught.value.status == 415
    assert not list((project_folder / 'studio' / 'uploads').iterdir())


def test_wrong_types_are_refused_at_once(media):
    def endless():
        yield b'x' * 1000
        raise AssertionError('more was read')

    async def chunks():
        for chunk in endless():
            yield chunk

    with pytest.raises(StudioError, match='is no picture'):
        asyncio.run(media.receive('x.png', chunks()))


@pytest.mark.parametrize(
    ('head', 'limit'), [(b'\xff\xd8\xff\xe0' + bytes(12), 20_000), (b'\x1a\x45\xdf\xa3' + bytes(12), 100_000)]
)
def test_large_uploads_are_refused_on_the_way(media, project_folder, head, limit):
    with pytest.raises(StudioError, match='is larger than the .* MiB that are taken') as caught:
        receive(media, 'large', head + bytes(limit))
    assert caught.value.status == 413
    assert not list((project_folder / 'studio' / 'uploads').iterdir())


@pytest.mark.parametrize('size', [(100_000, 100_000), (8000, 8000), (2**31 - 1, 1)])
def test_bombs_are_refused_before_they_are_decoded(media, project_folder, size):
    (project_folder / 'bomb.png').write_bytes(png_of(*size))
    start = time.monotonic()
    with pytest.raises(StudioError, match='bomb.png was not opened: it') as caught:
        media.describe('bomb.png')
    assert caught.value.status == 422 and time.monotonic() - start < 20
    assert media.describe('pictures/a.png')['width'] == 48


def test_damaged_pictures(media, project_folder):
    whole = (project_folder / 'pictures' / 'a.png').read_bytes()
    for name, content in (('cut.png', whole[:30]), ('odd.jpg', b'\xff\xd8\xff\xe0' + bytes(300))):
        (project_folder / name).write_bytes(content)
        with pytest.raises(StudioError, match=f'{name} was not opened: it is damaged'):
            media.describe(name)


def test_damaged_videos(media, project_folder):
    for name, content in (
        ('odd.mp4', b'\0\0\0\x18ftypisom' + bytes(500)),
        ('odd.mkv', b'\x1a\x45\xdf\xa3' + bytes(500)),
    ):
        (project_folder / name).write_bytes(content)
        with pytest.raises(StudioError, match=f'{name} was not opened: it'):
            media.describe(name)


def test_pixels_are_those_of_the_file(media, project_folder):
    np.testing.assert_array_equal(
        media.frame('pictures/a.png', 0), cv2.imread(str(project_folder / 'pictures' / 'a.png'))
    )
    for mode in ('L', 'LA', 'P', 'RGBA'):
        Image.open(project_folder / 'pictures' / 'a.png').convert(mode).save(project_folder / f'{mode}.png')
        assert media.frame(f'{mode}.png', 0).shape == (32, 48, 3)


def test_frames_of_a_video_in_any_order(media):
    assert media.describe('clip.avi') == dict(path='clip.avi', kind='video', width=48, height=32, frames=12, rate=10.0)
    for number in (3, 4, 0, 11, 5, 5):
        assert abs(media.frame('clip.avi', number).mean() - (10 * number + 20)) < 3
    with pytest.raises(StudioError, match='its frame 12 cannot be decoded'):
        media.frame('clip.avi', 12)
    assert abs(media.frame('clip.avi', 2).mean() - 40) < 3
    with pytest.raises(StudioError, match='is a picture and has no frame 1'):
        media.frame('pictures/a.png', 1)


def test_a_changed_file_is_read_again(media, project_folder):
    before = media.frame('pictures/a.png', 0)
    cv2.imwrite(str(project_folder / 'pictures' / 'a.png'), np.zeros((10, 10, 3), np.uint8))
    assert before.shape == (32, 48, 3) and media.frame('pictures/a.png', 0).shape == (10, 10, 3)


def test_a_decoder_that_takes_too_long_is_ended_and_replaced(project_folder):
    decoder = Decoder(seconds=0.01)  # not even its start
    with pytest.raises(StudioError, match=r'took longer than 0\.01 s'):
        decoder.image(project_folder / 'pictures' / 'a.png')
    decoder.seconds = 60
    assert decoder.image(project_folder / 'pictures' / 'a.png').shape == (32, 48, 3)
    first = decoder._process
    first.kill()
    first.wait()
    assert decoder.frame(write_video(project_folder / 'other.avi', 3), 1).shape == (32, 48, 3)
    decoder.close()
