import asyncio
import struct
import time
import zlib
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from PIL import Image

from kpgan_mm.studio import decoder_process
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


def test_all_uploads_together_have_a_limit(project, project_folder, decoder, monkeypatch):
    picture = (project_folder / 'pictures' / 'a.png').read_bytes()
    media = Media(project, decoder=decoder, max_total_bytes=int(2.5 * len(picture)))
    folder = project_folder / 'studio' / 'uploads'
    for name in ('a', 'b'):
        receive(media, name, picture)
    for _ in range(2):
        with pytest.raises(StudioError, match='all uploads together are larger than .* delete some in studio/uploads'):
            receive(media, 'c', picture)
    assert len(list(folder.iterdir())) == 2
    next(folder.iterdir()).unlink()
    receive(media, 'c', picture)
    monkeypatch.setattr('kpgan_mm.studio.media.shutil.disk_usage', lambda _: SimpleNamespace(free=2**30))
    with pytest.raises(StudioError, match='the disk of the project folder has less than 2 GiB left') as caught:
        receive(Media(project, decoder=decoder), 'd', picture)
    assert caught.value.status == 507 and len(list(folder.iterdir())) == 2


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


def without_even_distances(path):
    """Replace the times of a video's frames: a slow first third makes up for a fast rest."""
    content = path.read_bytes()
    place = content.index(b'stts') + 8  # version, flags; then the number of entries, and (count, duration) of each
    assert struct.unpack('>I', content[place : place + 4]) == (1,)
    count, duration = struct.unpack('>II', content[place + 4 : place + 12])
    entries = b''.join(
        struct.pack('>II', 1, duration * 2 if 3 * number < count else duration // 2) for number in range(count)
    )
    more = len(entries) - 8
    changed = bytearray(content[: place + 4] + entries + content[place + 12 :])
    changed[place : place + 4] = struct.pack('>I', count)
    for box in (b'stts', b'stbl', b'minf', b'mdia', b'trak', b'moov'):
        start = content.index(box) - 4
        changed[start : start + 4] = struct.pack('>I', struct.unpack('>I', content[start : start + 4])[0] + more)
    assert content.index(b'mdat') < content.index(b'moov')  # or places of frames would have moved
    path.write_bytes(bytes(changed))


def test_frames_are_counted_as_reading_from_the_start_counts_them(media, project_folder):
    path = project_folder / 'uneven.mp4'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), 25.0, (48, 32))
    for number in range(240):
        writer.write(np.full((32, 48, 3), number, np.uint8))
    writer.release()
    without_even_distances(path)
    capture = cv2.VideoCapture(str(path))
    expected = [capture.read()[1] for _ in range(240)]
    assert expected[-1] is not None and not capture.read()[0]
    beside = 0
    for number in (100, 130, 90, 230, 17, 170, 169, 239, 0, 120, 60):
        np.testing.assert_array_equal(media.decoder.frame(path, number), expected[number])
        capture.set(cv2.CAP_PROP_POS_FRAMES, number)
        beside += not np.array_equal(capture.read()[1], expected[number])
    assert beside  # what jumping alone would have given
    with pytest.raises(StudioError, match='its frame 240 cannot be decoded'):
        media.decoder.frame(path, 240)
    np.testing.assert_array_equal(media.decoder.frame(path, 239), expected[239])


def without_a_length(path, number=0):
    """Replace what the headers of an AVI file say of the number of its frames."""
    content = bytearray(path.read_bytes())
    for header, place in ((b'avih', 16), (b'strh', 32)):
        start = content.index(header) + 8 + place
        content[start : start + 4] = struct.pack('<I', number)
    path.write_bytes(bytes(content))


def test_frames_are_counted_where_the_file_does_not_say(project_folder, media):
    path = write_video(project_folder / 'endless.avi', 130)
    without_a_length(path)
    assert cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FRAME_COUNT) == 0
    assert media.describe('endless.avi')['frames'] == 130
    assert media.describe('endless.avi')['frames'] == 130  # and so again
    for number in (120, 3, 129):
        assert abs(media.frame('endless.avi', number).mean() - (10 * number + 20) % 256) < 3
    with pytest.raises(StudioError, match='its frame 130 cannot be decoded'):
        media.frame('endless.avi', 130)


def test_counting_ends_in_time(project_folder, monkeypatch):
    path = write_video(project_folder / 'endless.avi', 130)
    without_a_length(path)
    clock = iter(range(1000))
    monkeypatch.setattr(decoder_process.time, 'monotonic', lambda: next(clock))
    monkeypatch.setattr(decoder_process, '_MAX_COUNTING', 30)
    opened = decoder_process._Video(str(path))
    assert 1 < opened.count() < 40
    before = opened.count()
    assert opened.count() > before  # each request goes on


def test_a_wrong_length_is_said_where_it_ends(project_folder, media):
    without_a_length(write_video(project_folder / 'long.avi'), 500)
    assert media.describe('long.avi')['frames'] == 500
    with pytest.raises(StudioError, match='its frame 12 cannot be decoded'):
        media.frame('long.avi', 12)
    assert abs(media.frame('long.avi', 11).mean() - 130) < 3


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
