"""Make the drawing of a correction whose document holds its strokes or its canvas itself."""

from pipeline.corrections.validation import CorrectionRefused
from pipeline.drawings import Images, normalize_canvas, render_strokes
from pipeline.drawings.inline import decode_canvas
from pipeline.errors import InvalidDrawing, ObjectTooLarge
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
    refusal = CorrectionRefused("malformed_document", "the document names no canvas")
    if canvas.strokes is not None:
        try:
            return render_strokes(canvas.strokes)
        except InvalidDrawing as error:
            refusal = CorrectionRefused(error.reason, str(error))
    if canvas.image is not None:
        try:
            return normalize_canvas(decode_canvas(canvas.image, max_bytes))
        except InvalidDrawing as error:
            refusal = CorrectionRefused(error.reason, str(error))
        except ObjectTooLarge as error:
            refusal = CorrectionRefused("image_too_large", str(error))
    if canvas.path is None:
        raise refusal
    return None
