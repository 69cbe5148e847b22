"""Canvases in other sizes and file formats."""

import base64
import gzip
import struct
import zlib
from typing import Any

import numpy as np
from PIL import Image

from emulator.players.odd_base import BLACK, WHITE, Paint, Picture, encode, enlarge, paint


def squeezed(side: int, method: Image.Resampling, *, dark: bool = False) -> Paint:
    """Return a kind of canvas that the game made small itself."""

    def make(ink: Picture, rng: np.random.Generator) -> bytes:  # noqa: ARG001
        small = np.asarray(Image.fromarray(ink).resize((side, side), method))
        return encode(small if dark else 255 - small)

    return make


def cropped(side: int, *, dark: bool = False) -> Paint:
    """Return a kind of canvas that the game cut out and squeezed to fill a small picture."""

    def make(ink: Picture, rng: np.random.Generator) -> bytes:  # noqa: ARG001
        box = Image.fromarray(ink).getbbox() or (0, 0, 1, 1)
        cut = Image.fromarray(ink).crop(box)
        scale = (side - 2) / max(cut.size)
        small = cut.resize([max(1, round(length * scale)) for length in cut.size])
        sheet = Image.new("L", (side, side))
        sheet.paste(small, ((side - small.width) // 2, (side - small.height) // 2))
        return encode(np.asarray(sheet) if dark else 255 - np.asarray(sheet))

    return make


def screen(width: int, height: int, mode: str = "RGB", **options: Any) -> Paint:
    """Return a kind of canvas as large as a screen."""

    def make(ink: Picture, rng: np.random.Generator) -> bytes:  # noqa: ARG001
        picture = Image.fromarray(255 - enlarge(ink, width, height)).convert(mode)
        return encode(picture, **options)

    return make


def jpeg(*, quality: int = 80, pen: Any = BLACK, paper: Any = WHITE, **options: Any) -> Paint:
    """Return a kind of canvas that is a JPEG."""
    return lambda ink, rng: encode(  # noqa: ARG005
        paint(ink, pen, paper), "JPEG", quality=quality, **options
    )


def deep(ink: Picture, rng: np.random.Generator) -> bytes:  # noqa: ARG001
    """Store 16 bits in each of four channels."""
    wide = np.dstack([255 - ink] * 3 + [np.full_like(ink, 255)]).astype(">u2") * 257
    rows = b"".join(b"\0" + row.tobytes() for row in wide.astype(">u2"))
    head = struct.pack(">IIBBBBB", ink.shape[1], ink.shape[0], 16, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    )


def palette(ink: Picture, rng: np.random.Generator) -> bytes:  # noqa: ARG001
    """Store the canvas with a palette whose paper is transparent."""
    picture = Image.fromarray((ink > 0).astype(np.uint8))
    picture.putpalette([250, 240, 230, 20, 20, 90])
    return encode(picture, transparency=0)


def mode(name: str) -> Paint:
    """Return a kind of canvas in another mode of Pillow."""
    return lambda ink, rng: encode(Image.fromarray(255 - ink).convert(name))  # noqa: ARG005


def cut_to_ink(ink: Picture, rng: np.random.Generator) -> bytes:  # noqa: ARG001
    """Cut the canvas to its ink."""
    return encode(Image.fromarray(255 - ink).crop(Image.fromarray(ink).getbbox()))


FILES: dict[str, Paint] = {
    "squeezed to 28, black on white": squeezed(28, Image.Resampling.BICUBIC),
    "squeezed to 28, white on black": squeezed(28, Image.Resampling.BICUBIC, dark=True),
    "squeezed to 28, box": squeezed(28, Image.Resampling.BOX),
    "squeezed to 28, nearest": squeezed(28, Image.Resampling.NEAREST),
    "squeezed to 32": squeezed(32, Image.Resampling.BILINEAR, dark=True),
    "squeezed to 64": squeezed(64, Image.Resampling.BILINEAR),
    "cut out, 28, black on white": cropped(28),
    "cut out, 28, white on black": cropped(28, dark=True),
    "cut to its ink": cut_to_ink,
    "2560 x 1440": screen(2560, 1440),
    "1170 x 2532": screen(1170, 2532, "RGBA"),
    "4000 x 4000": screen(4000, 4000, "L"),
    "16 bits": deep,
    "palette": palette,
    "1 bit": mode("1"),
    "grey and alpha": mode("LA"),
    "JPEG": jpeg(),
    "JPEG, quality 25": jpeg(quality=25),
    "JPEG, progressive": jpeg(progressive=True),
    "JPEG, white on dark": jpeg(pen=WHITE, paper=(20, 20, 60)),
}
NOT_CANVASES: dict[str, Paint] = {
    "gzip": lambda ink, rng: gzip.compress(encode(255 - ink)),  # noqa: ARG005
    "data: URL": lambda ink, rng: (  # noqa: ARG005
        b"data:image/png;base64," + base64.b64encode(encode(255 - ink))
    ),
    "base64": lambda ink, rng: base64.b64encode(encode(255 - ink)),  # noqa: ARG005
    "WebP": lambda ink, rng: encode(255 - ink, "WEBP"),  # noqa: ARG005
}
