"""Which corrections can be used: the plain faults, each with a reason for programs and a sentence for the owner. Pure."""

import re
from typing import Any

from pydantic import ValidationError

from pipeline.categories import LABELS
from pipeline.errors import RedrawError
from pipeline.records import Correction, CorrectionState, Verdict

CANVAS_PATH = re.compile(r"drawings/corrections/[A-Za-z0-9_-]{1,128}\.png")
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
    """The correction in a document. Raises Refused: malformed_document, unknown_label, unsafe_path."""
    try:
        correction = Correction.from_document(fields)
    except ValidationError as fault:
        faults = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg'].lower()}" for each in fault.errors())
        raise Refused("malformed_document", f"the document is not as the game writes it: {faults}") from None
    if correction.corrected_label not in LABELS:
        raise Refused(
            "unknown_label", f"{_excerpt(correction.corrected_label)} is none of the classes that the model can learn"
        )
    if not CANVAS_PATH.fullmatch(correction.image_storage_path):
        raise Refused("unsafe_path", f"{_excerpt(correction.image_storage_path)} is no canvas under drawings/corrections/")
    return correction


def _excerpt(value: str) -> str:
    return repr(value if len(value) <= EXCERPT else f"{value[:EXCERPT]}...")
