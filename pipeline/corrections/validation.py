"""Which corrections can be used: the plain faults, each with a reason for programs and a sentence for the owner. Pure."""

import re
from typing import Any

from pydantic import ValidationError

from pipeline.categories import CATEGORIES, LABELS
from pipeline.errors import RedrawError
from pipeline.records.corrections import Correction, CorrectionState, Verdict
from pipeline.storage_paths import CANVAS_PATTERN

LONGEST_ID = 128  # characters; Firestore's own ids have 20
EXCERPT = 40  # characters of a hostile value that are repeated to the owner


class Refused(RedrawError):
    """A correction that cannot be used; `verdict` says why."""

    def __init__(self, reason: str, explanation: str) -> None:
        super().__init__(explanation)
        self.verdict = refusal(reason, explanation)


def refusal(reason: str, explanation: str) -> Verdict:
    """The verdict on a correction that cannot be used."""
    return Verdict(state=CorrectionState.REFUSED, reason=reason, explanation=explanation)


def read_correction(fields: dict[str, Any]) -> Correction:
    """The correction in a document, its label spelled as the class.

    Raises Refused: malformed_document, unknown_label, unsafe_path.
    """
    try:
        correction = Correction.from_document(fields)
    except ValidationError as fault:
        faults = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg'].lower()}" for each in fault.errors()
        )
        raise Refused(
            "malformed_document", f"the document is not as the game writes it: {faults}"
        ) from None
    label = label_of(correction.corrected_label)
    if label is None:
        raise Refused(
            "unknown_label",
            f"{_excerpt(correction.corrected_label)} is none of the classes that the model can learn",
        )
    if not CANVAS_PATTERN.fullmatch(correction.image_storage_path):
        raise Refused(
            "unsafe_path",
            f"{_excerpt(correction.image_storage_path)} is no canvas under drawings/corrections/",
        )
    return correction.model_copy(update={"corrected_label": CATEGORIES[label]})


def label_of(text: str) -> int | None:
    """The class that a text names without doubt, as an index; None when there is any.

    "Cat ", "smiley face" and "smiley-face" are classes written carelessly. Letters that only look like ours are none of them.
    """
    return LABELS.get(text, _CARELESS.get(_plain(text)) if text.isascii() else None)


def _plain(text: str) -> str:
    return re.sub("[ -]+", "_", text.strip().casefold())


_CARELESS = {_plain(name): label for name, label in LABELS.items()}


def check_id(name: str) -> None:
    """Raises Refused, unsafe_id, when a document is called what the data set cannot hold."""
    # A player can choose the id. Neither NumPy's text nor HDF5's holds a zero; in an array the longest text sets the width.
    if "\0" in name:
        raise Refused("unsafe_id", "the document's id holds a zero character")
    if len(name) > LONGEST_ID:
        raise Refused(
            "unsafe_id",
            f"the document's id has {len(name)} characters; at most {LONGEST_ID} are taken",
        )


def _excerpt(value: str) -> str:
    return repr(value if len(value) <= EXCERPT else f"{value[:EXCERPT]}...")
