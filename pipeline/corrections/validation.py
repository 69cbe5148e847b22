"""Validate corrections: refuse those that cannot be used.

Each refusal has a reason for programs and a sentence for the owner. These functions read and write
nothing outside.
"""

from functools import cache
from typing import Any

from pydantic import ValidationError

from pipeline.categories import spell
from pipeline.errors import RedrawError
from pipeline.records.corrections import Correction, CorrectionState, Verdict
from pipeline.storage_paths import CANVAS_PATTERN

MAX_ID_LENGTH = 128
"""Characters; ids that Firestore makes have 20."""
EXCERPT_LENGTH = 40
"""Characters of a player's text that are repeated in a message."""


class CorrectionRefused(RedrawError):
    """A correction cannot be used; `verdict` says why."""

    def __init__(self, reason: str, explanation: str) -> None:
        super().__init__(explanation)
        self.verdict = refuse(reason, explanation)


def refuse(reason: str, explanation: str) -> Verdict:
    """Return the verdict `refused`."""
    return Verdict(state=CorrectionState.REFUSED, reason=reason, explanation=explanation)


def read_correction(fields: dict[str, Any], categories: tuple[str, ...]) -> Correction:
    """Return the correction that a document's fields hold, its label spelled as one of the classes.

    Raises:
        CorrectionRefused: with the reason `malformed_document`, `unknown_label` or `unsafe_path`.
    """
    try:
        correction = Correction.from_document(fields)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg'].lower()}"
            for problem in error.errors()
        )
        raise CorrectionRefused(
            "malformed_document", f"the document is not as the game writes it: {problems}"
        ) from None
    label = parse_label(correction.corrected_label, categories)
    if label is None:
        raise CorrectionRefused(
            "unknown_label",
            f"{_shorten(correction.corrected_label)} is none of the classes that the model can"
            " learn",
        )
    if not CANVAS_PATTERN.fullmatch(correction.image_storage_path):
        raise CorrectionRefused(
            "unsafe_path",
            f"{_shorten(correction.image_storage_path)} is no canvas under drawings/corrections/",
        )
    return correction.model_copy(update={"corrected_label": categories[label]})


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
        raise CorrectionRefused("unsafe_id", "the document's id holds a zero character")
    if len(name) > MAX_ID_LENGTH:
        raise CorrectionRefused(
            "unsafe_id",
            f"the document's id has {len(name)} characters; at most {MAX_ID_LENGTH} are taken",
        )


def _shorten(value: str) -> str:
    """Return a player's text as a message can repeat it: quoted, escaped and not too long."""
    return repr(value if len(value) <= EXCERPT_LENGTH else f"{value[:EXCERPT_LENGTH]}...")
