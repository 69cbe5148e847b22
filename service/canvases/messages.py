"""What the web process and its canvas processes say to each other, over a pair of sockets.

A message is its length (4 bytes), its kind (1 byte) and its content. Every question gets one
answer, in the order of the questions.
"""

import json
import struct

import numpy as np

from pipeline.drawings import SIDE, Images
from pipeline.errors import InvalidDrawing
from pipeline.records.corrections import Canvas

HEAD = struct.Struct(">IB")
FILE, TEXT, STROKES, DRAWING, REFUSAL, READY = range(6)
"""Kinds: a canvas as a file or as text; strokes, with the canvas behind them if there is one; the
two answers; and what a canvas process says first, when it has loaded its modules."""


def pack(kind: int, content: bytes) -> bytes:
    """Return a message."""
    return HEAD.pack(len(content), kind) + content


def pack_canvas(canvas: Canvas) -> bytes:
    """Return the question what drawing a canvas is; its strokes and its image are unchecked."""
    if canvas.strokes is not None:
        # A document may hold values that JSON has no form for: as texts they are refused.
        return pack(STROKES, json.dumps([canvas.strokes, canvas.image], default=repr).encode())
    if isinstance(canvas.image, bytes):
        return pack(FILE, canvas.image)
    return pack(TEXT, str(canvas.image).encode("utf-8", "replace"))


def read_canvas(kind: int, content: bytes) -> Canvas:
    """Return the canvas of a question."""
    if kind == STROKES:
        strokes, image = json.loads(content)
        return Canvas(strokes=strokes, image=image)
    return Canvas(image=content if kind == FILE else content.decode())


def pack_drawing(drawing: Images) -> bytes:
    """Return the answer to a canvas that is a drawing, uint8 `(28, 28)`."""
    return pack(DRAWING, drawing.tobytes())


def pack_refusal(refused: InvalidDrawing) -> bytes:
    """Return the answer to a canvas that cannot be used."""
    return pack(REFUSAL, json.dumps([refused.reason, str(refused)]).encode())


def read_drawing(kind: int, content: bytes) -> Images:
    """Return the drawing of an answer, uint8 `(28, 28)`.

    Raises:
        InvalidDrawing: the canvas cannot be used; `reason` is that of a correction.
    """
    if kind == REFUSAL:
        reason, explanation = json.loads(content)
        raise InvalidDrawing(reason, explanation)
    return np.frombuffer(content, np.uint8).reshape(SIDE, SIDE)


def split_messages(buffer: bytearray) -> list[tuple[int, bytes]]:
    """Take the whole messages from the beginning of `buffer`: the kind and content of each."""
    messages, start = [], 0
    while len(buffer) >= start + HEAD.size:
        length, kind = HEAD.unpack_from(buffer, start)
        end = start + HEAD.size + length
        if len(buffer) < end:
            break
        messages.append((kind, bytes(buffer[start + HEAD.size : end])))
        start = end
    del buffer[:start]
    return messages
