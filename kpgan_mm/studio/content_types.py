"""What kind of picture or video a file is, by its first bytes; its name is not asked."""

# How many bytes `kind_of` needs.
HEAD_BYTES = 16

IMAGE_KINDS = {'jpeg': '.jpg', 'png': '.png', 'bmp': '.bmp', 'webp': '.webp'}
VIDEO_KINDS = {'mp4': '.mp4', 'avi': '.avi', 'matroska': '.mkv'}
SUFFIXES = ('.jpg', '.jpeg', '.png', '.bmp', '.webp', '.mp4', '.m4v', '.mov', '.avi', '.mkv', '.webm')

# Of the first box of an ISO or QuickTime file.
_BOXES = (b'ftyp', b'moov', b'mdat', b'wide', b'free', b'skip')


def kind_of(head: bytes) -> str | None:
    """A key of IMAGE_KINDS or VIDEO_KINDS, or None.

    Playlists, which would have the decoder open other files, are none of them.
    """
    if head.startswith(b'\xff\xd8\xff'):
        return 'jpeg'
    if head.startswith(b'\x89PNG\r\n\x1a\n'):
        return 'png'
    if head.startswith(b'BM') and head[6:10] == b'\0\0\0\0':
        return 'bmp'
    if head.startswith(b'RIFF') and head[8:12] in (b'WEBP', b'AVI '):
        return 'webp' if head[8:12] == b'WEBP' else 'avi'
    if head[4:8] in _BOXES:
        return 'mp4'
    if head.startswith(b'\x1a\x45\xdf\xa3'):
        return 'matroska'
    return None
