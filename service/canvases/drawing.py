"""Answer a question for a drawing as collecting would."""

from pipeline.corrections.own_drawings import draw_own
from pipeline.corrections.validation import CorrectionRefused
from pipeline.drawings import Images
from pipeline.errors import InvalidDrawing
from pipeline.reasons import RefusalReason
from pipeline.records.corrections import Canvas


def draw(canvas: Canvas, max_bytes: int) -> Images:
    """Return what a correction with this canvas would be collected as: uint8 `(28, 28)`.

    Args:
        canvas: with strokes, or an image, or both; unchecked.
        max_bytes: the largest size of an image.

    Raises:
        InvalidDrawing: it cannot be used; with the reason for which a correction is refused.
    """
    try:
        drawing = draw_own(canvas, max_bytes)
    except CorrectionRefused as refused:
        raise InvalidDrawing(refused.reason, refused.verdict.explanation) from None
    if drawing is None:
        raise InvalidDrawing(
            RefusalReason.MALFORMED_DOCUMENT, "there are neither strokes nor a canvas"
        )
    return drawing
