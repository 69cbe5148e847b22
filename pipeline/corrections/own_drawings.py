"""Make the drawing of a correction whose document holds its strokes or its canvas itself."""

from typing import Any

from pipeline.corrections.validation import CorrectionRefused
from pipeline.drawings import Images, decode_canvas_text, normalize_canvas, render_strokes
from pipeline.errors import InvalidDrawing
from pipeline.reasons import DrawingReason, RefusalReason
from pipeline.records.corrections import Canvas


def draw_own(canvas: Canvas, max_bytes: int) -> Images | None:
    """Return the drawing that the document itself holds; None if its canvas is in Storage.

    Strokes come first, as the canvas was made from them, then the canvas in the document. What
    cannot be drawn is passed over as long as something else is left.

    Args:
        canvas: as it was read from the document.
        max_bytes: the largest size of a canvas.

    Returns:
        uint8 `(28, 28)`.

    Raises:
        CorrectionRefused: it holds nothing that can be drawn, and names no canvas in Storage.
    """
    refusal = CorrectionRefused(RefusalReason.MALFORMED_DOCUMENT, "the document names no canvas")
    if canvas.strokes is not None:
        try:
            return render_strokes(canvas.strokes)
        except InvalidDrawing as error:
            refusal = CorrectionRefused(error.reason, str(error))
    if canvas.image is not None:
        try:
            return normalize_canvas(_read_image(canvas.image, max_bytes))
        except InvalidDrawing as error:
            refusal = CorrectionRefused(error.reason, str(error))
    if canvas.path is None:
        raise refusal
    return None


def _read_image(value: Any, max_bytes: int) -> bytes:
    """Return the canvas that a document holds: base64 text, a data: URL, or bytes as they are."""
    if isinstance(value, str):
        return decode_canvas_text(value, max_bytes)
    if not isinstance(value, bytes):
        raise InvalidDrawing(
            DrawingReason.UNREADABLE_IMAGE, "the canvas in the document is neither text nor bytes"
        )
    if len(value) > max_bytes:
        raise InvalidDrawing(
            DrawingReason.IMAGE_TOO_LARGE,
            f"the canvas in the document has {len(value):,} bytes; at most {max_bytes:,} are read",
        )
    return value
