"""Draw corrections as pictures for pages: the drawing as a run makes it, dark ink on light paper.

A page shows dozens of pictures. Few are made at the same time, so that the other requests of the
web process are answered in between, and the services behind it get few calls at once.
"""

import asyncio
from collections.abc import Iterator
from html import escape
from typing import NamedTuple
from weakref import WeakKeyDictionary

from starlette.concurrency import run_in_threadpool

from pipeline.corrections.canvas_paths import CanvasPlace
from pipeline.corrections.validation import CorrectionRefused, read_canvas
from pipeline.drawings import Images
from pipeline.errors import (
    AccessDenied,
    InvalidDrawing,
    NotFound,
    ObjectMissing,
    ObjectTooLarge,
    Unavailable,
)
from pipeline.pages.pictures import encode_png
from pipeline.reasons import DrawingReason, RefusalReason
from pipeline.records.corrections import Canvas
from service.wiring import Wiring

AT_ONCE = 6
"""Pictures that a web process makes at the same time: as many as a browser asks one server for."""
NOTES = {
    DrawingReason.UNREADABLE_IMAGE: ("no readable", "picture"),
    DrawingReason.IMAGE_TOO_LARGE: ("canvas", "too large"),
    DrawingReason.BLANK: ("nothing", "drawn"),
    DrawingReason.SCRIBBLE: ("a scribble",),
    DrawingReason.MALFORMED_STROKES: ("strokes", "unreadable"),
    RefusalReason.MALFORMED_DOCUMENT: ("no canvas", "named"),
    RefusalReason.UNSAFE_PATH: ("path not", "allowed"),
    RefusalReason.MISSING_IMAGE: ("canvas", "not there"),
}
"""The lines that stand in place of a drawing, by reason."""
GONE, BUSY, OTHER = ("deleted",), ("not known", "right now"), ("no drawing",)
_PLACEHOLDER = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 84 84" role="img">'
    '<title>{title}</title><rect width="84" height="84" fill="#f3efe8"/>'
    '<g fill="#5b6473" font-family="sans-serif" font-size="12" text-anchor="middle">{lines}</g>'
    "</svg>"
)
_places: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


class Picture(NamedTuple):
    """A picture as it is sent.

    kept: whether a browser may keep it: not what is unknown only now.
    """

    content: bytes
    media_type: str
    kept: bool = True


async def make_picture(wiring: Wiring, correction_id: str) -> Picture:
    """Return the drawing of a correction as a PNG, or an SVG that says why there is none."""
    places = _places.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))
    async with places:
        try:
            drawing = await _draw(wiring, correction_id)
        except (CorrectionRefused, InvalidDrawing) as error:
            return _write_note(NOTES.get(error.reason, OTHER), str(error))
        except ObjectTooLarge as error:
            return _write_note(NOTES[DrawingReason.IMAGE_TOO_LARGE], str(error))
        except ObjectMissing:
            return _write_note(
                NOTES[RefusalReason.MISSING_IMAGE], "The canvas is not in Storage.", kept=False
            )
        except NotFound:
            return _write_note(GONE, "There is no such correction any more.", kept=False)
        except (Unavailable, AccessDenied):
            return _write_note(BUSY, "The service behind does not answer.", kept=False)
    return Picture(encode_png(255 - drawing), "image/png")


async def _draw(wiring: Wiring, correction_id: str) -> Images:
    """Return the drawing, uint8 `(28, 28)`: of strokes, else of the first canvas that can be used.

    The order is that of `pipeline.corrections.own_drawings.draw_own`.
    """
    settings, ports = wiring.settings, wiring.ports
    document = await run_in_threadpool(ports.corrections.get, correction_id)
    if not any(map(document.fields.get, ("imageStoragePath", "strokes", "imageData"))):
        raise InvalidDrawing(RefusalReason.MALFORMED_DOCUMENT, "the document names no canvas")
    found = read_canvas(document.fields, CanvasPlace.of(settings))
    refused: InvalidDrawing | None = None
    for canvas in _list_canvases(found):
        try:
            return await wiring.canvases.draw(canvas)
        except InvalidDrawing as error:
            refused = error
    if found.path is not None:
        image = await run_in_threadpool(ports.artefacts.read, found.path, settings.max_canvas_bytes)
        return await wiring.canvases.draw(Canvas(image=image))
    raise refused or InvalidDrawing(RefusalReason.MALFORMED_DOCUMENT, "it names no canvas")


def _list_canvases(found: Canvas) -> Iterator[Canvas]:
    """Yield what the document itself holds; one that cannot be drawn does not hide the next."""
    if found.strokes is not None:
        yield Canvas(strokes=found.strokes)
    if found.image is not None:
        yield Canvas(image=found.image)


def _write_note(lines: tuple[str, ...], title: str, *, kept: bool = True) -> Picture:
    """Return a picture of words: `lines` are seen, `title` is read aloud."""
    first = 47 - 8 * (len(lines) - 1)
    text = "".join(
        f'<text x="42" y="{first + 16 * number}">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )
    svg = _PLACEHOLDER.format(title=escape(title), lines=text)
    return Picture(svg.encode(), "image/svg+xml", kept)
