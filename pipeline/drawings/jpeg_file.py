"""Open a player's JPEG safely: its segments are checked and only those of its pixels are kept."""

import io
import struct

from PIL import Image

from pipeline.drawings.pixel_budget import check_size, find_reduction
from pipeline.errors import InvalidDrawing
from pipeline.reasons import DrawingReason

JPEG_SIGNATURE = b"\xff\xd8\xff"

# Markers (ITU-T T.81, table B.1). A segment is a marker, its length in two bytes, and its content.
_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_FRAMES = frozenset({0xC0, 0xC1, 0xC2})  # baseline, extended and progressive, all Huffman-coded
_OTHER_FRAMES = frozenset({*range(0xC3, 0xD0)} - {0xC4, 0xC8, 0xCC})  # lossless, arithmetic, ...
# Tables of quanta and codes, restart interval, and the two applications that say how the channels
# are coded: JFIF and Adobe. All others (EXIF, profiles, thumbnails, comments) are left out: Pillow
# would unpack them, and turn or recolour the picture.
_NEEDED = frozenset({0xC4, 0xDB, 0xDD, 0xE0, 0xEE})
_FRAME = struct.Struct(">BHHB")  # bits a channel, height, width, channels
_LENGTH = struct.Struct(">H")
_BITS = 8
_CHANNELS = (1, 3)
# A progressive file draws the whole picture once a scan, so a small file with many scans can take
# minutes (libjpeg-turbo, "Two issues with the JPEG standard", 2015). Encoders write 10 or fewer.
_MAX_SCANS = 24


def open_jpeg(jpeg: bytes) -> Image.Image:
    """Open a JPEG that begins with its signature; nothing is decoded yet.

    Returns:
        A picture in grey or RGB. If it is large it is decoded at a half, quarter or eighth of its
        size, as `find_reduction` asks; it may still be larger than wanted.

    Raises:
        InvalidDrawing: `unreadable_image` if it is too large, cut off, malformed, not of 8 bits, or
            neither grey nor coloured in three channels.
        Exception: whatever Pillow raises for a malformed file.
    """
    picture = Image.open(io.BytesIO(_drop_optional_segments(jpeg)), formats=["JPEG"])
    factor = find_reduction(picture.size)
    if factor > 1:
        width, height = picture.size
        picture.draft(picture.mode, (-(-width // factor), -(-height // factor)))
    return picture


def _drop_optional_segments(jpeg: bytes) -> bytes:
    """Return the file with only what its pixels need, up to its end mark.

    Raises:
        InvalidDrawing: see `open_jpeg`.
    """
    kept, start, scans, framed = [jpeg[:2]], 2, 0, False
    while True:
        marker, start = _read_marker(jpeg, start)
        if marker == _END:
            break
        end = start + _read_length(jpeg, start)
        content = jpeg[start + _LENGTH.size : end]
        if marker in _OTHER_FRAMES or marker == _START or (marker in _FRAMES and framed):
            raise _unreadable("the canvas is a JPEG of a rare kind; send a PNG")
        if marker in _FRAMES:
            _check_frame(content)
            framed = True
        elif marker == _SCAN:
            scans += 1
            end = _find_end_of_scan(jpeg, end)
        if marker in _FRAMES or marker == _SCAN or marker in _NEEDED:
            kept.append(b"\xff" + bytes([marker]) + jpeg[start:end])
        if scans > _MAX_SCANS:
            raise _unreadable(f"the canvas is a JPEG of more than {_MAX_SCANS} scans; send a PNG")
        start = end
    if not framed or not scans:
        raise _unreadable("the canvas is a JPEG without a picture")
    return b"".join([*kept, b"\xff", bytes([_END])])


def _read_marker(jpeg: bytes, start: int) -> tuple[int, int]:
    """Return the marker at `start` and where its segment begins."""
    if start < len(jpeg) and jpeg[start] != 0xFF:  # noqa: PLR2004 - begins every marker
        raise _unreadable("the canvas is a damaged JPEG")
    while start < len(jpeg) and jpeg[start] == 0xFF:  # noqa: PLR2004 - may be repeated
        start += 1
    if start >= len(jpeg):
        raise _unreadable("the canvas is cut off")
    return jpeg[start], start + 1


def _read_length(jpeg: bytes, start: int) -> int:
    """Return the length of the segment at `start`, with the two bytes of the length itself."""
    if start + _LENGTH.size > len(jpeg):
        raise _unreadable("the canvas is cut off")
    (length,) = _LENGTH.unpack_from(jpeg, start)
    if length < _LENGTH.size:
        raise _unreadable("the canvas is a damaged JPEG")
    if start + length > len(jpeg):
        raise _unreadable("the canvas is cut off")
    return int(length)


def _check_frame(content: bytes) -> None:
    if len(content) < _FRAME.size:
        raise _unreadable("the canvas is a damaged JPEG")
    bits, height, width, channels = _FRAME.unpack_from(content)
    check_size(width, height)
    if bits != _BITS or channels not in _CHANNELS:
        raise _unreadable(
            f"the canvas is a JPEG of {channels} channels with {bits} bits; send a PNG"
        )


def _find_end_of_scan(jpeg: bytes, start: int) -> int:
    """Return where the coded pixels that begin at `start` end: at the next marker.

    In them 0xFF is followed by 0, or by the mark of a restart, 0xD0 to 0xD7.
    """
    while True:
        start = jpeg.find(b"\xff", start)
        if start < 0 or start + 1 >= len(jpeg):
            raise _unreadable("the canvas is cut off")
        if jpeg[start + 1] not in {0, 0xFF, *range(0xD0, 0xD8)}:
            return start
        start += 1 if jpeg[start + 1] == 0xFF else 2  # noqa: PLR2004 - a repeated marker


def _unreadable(message: str) -> InvalidDrawing:
    return InvalidDrawing(DrawingReason.UNREADABLE_IMAGE, message)
