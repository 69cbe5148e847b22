"""Validate corrections: refuse those that cannot be used.

Each refusal has a reason for programs and a sentence for the owner. These functions read and write
nothing outside.
"""

from functools import cache
from typing import Any

from pipeline.categories import spell
from pipeline.corrections.canvas_paths import CanvasPlace, OtherBucketError, read_canvas_path
from pipeline.corrections.fields import (
    read_asked,
    read_chance,
    read_player_id,
    read_share,
    read_text,
    read_time,
)
from pipeline.errors import RedrawError
from pipeline.reasons import DrawingReason, RefusalReason
from pipeline.records.corrections import Canvas, Correction, CorrectionState, Verdict

MAX_ID_LENGTH = 128
"""Characters; ids that Firestore makes have 20."""
EXCERPT_LENGTH = 40
"""Characters of a player's text that are repeated in a message."""


class CorrectionRefused(RedrawError):
    """A correction cannot be used; `verdict` says why."""

    def __init__(self, reason: RefusalReason | DrawingReason, explanation: str) -> None:
        super().__init__(explanation)
        self.reason = reason
        self.verdict = refuse(reason, explanation)


def refuse(reason: RefusalReason | DrawingReason, explanation: str) -> Verdict:
    """Return the verdict `refused`."""
    return Verdict(state=CorrectionState.REFUSED, reason=str(reason), explanation=explanation)


def read_correction(
    fields: dict[str, Any], place: CanvasPlace, categories: tuple[str, ...]
) -> Correction:
    """Return the correction that a document's fields hold.

    It needs a label, a player, a time and a drawing: a canvas in Storage, strokes or an image. Any
    other field that cannot be read is left out, and refuses nothing.

    Args:
        fields: of the document.
        place: where canvases are.
        categories: the classes that a label may name.

    Raises:
        CorrectionRefused: with the reason `malformed_document`, `missing_player`, `unknown_label`
            or `unsafe_path`.
    """
    text, timestamp = fields.get("correctedLabel"), read_time(fields.get("timestamp"))
    user_id = read_player_id(fields.get("userId"))
    problems = [
        _explain(name, fields, wanted)
        for name, is_sound, wanted in (
            ("correctedLabel", isinstance(text, str), "text"),
            ("userId", user_id is not None, "text"),
            ("timestamp", timestamp is not None, "a time"),
            ("imageStoragePath", _names_canvas(fields), "text"),
        )
        if not is_sound
    ]
    if problems or not isinstance(text, str) or user_id is None or timestamp is None:
        raise CorrectionRefused(
            RefusalReason.MALFORMED_DOCUMENT,
            f"the document is not as the game writes it: {'; '.join(problems)}",
        )
    if not user_id:
        raise CorrectionRefused(
            RefusalReason.MISSING_PLAYER,
            "userId is empty, so it is not known whose drawing it is: sign players in, anonymously"
            " is enough",
        )
    label = parse_label(text, categories)
    if label is None:
        raise CorrectionRefused(
            RefusalReason.UNKNOWN_LABEL,
            f"{_shorten(text)} is none of the classes that the model can learn",
        )
    return Correction(
        label=label,
        user_id=user_id,
        timestamp=timestamp,
        canvas=read_canvas(fields, place),
        guess=read_text(fields.get("originalPrediction")),
        confidence=read_share(fields.get("confidence")),
        version=read_text(fields.get("modelVersion")) or "",
        asked=read_asked(fields.get("asked")),
        chance=read_chance(fields.get("askedChance")),
    )


def read_canvas(fields: dict[str, Any], place: CanvasPlace) -> Canvas:
    """Return where the canvas of a document is. Without strokes and image it has a path.

    Raises:
        CorrectionRefused: `unsafe_path`: there is nothing but a path, and it is none of a canvas.
    """
    named = fields.get("imageStoragePath")
    canvas = Canvas(None, fields.get("strokes") or None, fields.get("imageData") or None)
    try:
        return canvas._replace(path=_read_path(named if isinstance(named, str) else "", place))
    except CorrectionRefused:
        if canvas == Canvas():
            raise
        return canvas  # the path may be left out, so a wrong one refuses nothing


def _names_canvas(fields: dict[str, Any]) -> bool:
    """Return whether a document names a canvas, or may do without as it holds a drawing."""
    is_named = isinstance(fields.get("imageStoragePath"), str)
    return is_named or bool(fields.get("strokes") or fields.get("imageData"))


def _read_path(text: str, place: CanvasPlace) -> str:
    try:
        path = read_canvas_path(text, place)
    except OtherBucketError as other:
        raise CorrectionRefused(
            RefusalReason.UNSAFE_PATH,
            f"the canvas is in the bucket {_shorten(str(other))}, and only {place.bucket} is read",
        ) from None
    if path is None:
        raise CorrectionRefused(
            RefusalReason.UNSAFE_PATH, f"{_shorten(text)} is no canvas under {place.folder}"
        )
    return path


def _explain(name: str, fields: dict[str, Any], wanted: str) -> str:
    """Return what is wrong with a needed field."""
    if fields.get(name) is None:
        return f"{name} is missing"
    return f"{name} is not {wanted} but {_shorten(repr(fields[name])[: EXCERPT_LENGTH + 1])}"


def parse_label(text: str, categories: tuple[str, ...]) -> int | None:
    """Return the index of the class that a text names, or None if it names none.

    Case, outer spaces, and a space or hyphen for an underscore are ignored: "Cat ", "smiley face"
    and "smiley-face" are classes. A text with letters outside ASCII names none, as a letter of
    another alphabet can look like one of ours.
    """
    if text in categories:
        return categories.index(text)
    return _list_spellings(categories).get(spell(text)) if text.isascii() else None


@cache
def _list_spellings(categories: tuple[str, ...]) -> dict[str, int]:
    """Return the labels by spelling; no two classes have the same."""
    return {spell(name): label for label, name in enumerate(categories)}


def check_id(name: str) -> None:
    """Raise CorrectionRefused (`unsafe_id`) if the data set cannot store a document's id."""
    # A player can choose the id. HDF5's strings end at a zero character, and NumPy's lose one at
    # their end. In a NumPy array every string is as wide as the longest, so one long id would fill
    # the memory.
    if "\0" in name:
        raise CorrectionRefused(RefusalReason.UNSAFE_ID, "the document's id holds a zero character")
    if len(name) > MAX_ID_LENGTH:
        raise CorrectionRefused(
            RefusalReason.UNSAFE_ID,
            f"the document's id has {len(name)} characters; at most {MAX_ID_LENGTH} are taken",
        )


def _shorten(value: str) -> str:
    """Return a player's text as a message can repeat it: quoted, escaped and not too long."""
    return repr(value if len(value) <= EXCERPT_LENGTH else f"{value[:EXCERPT_LENGTH]}...")
