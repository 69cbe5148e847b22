"""Render corrections and their drawings as the sheet: an HTML page for the owner, by reason."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from pipeline.corrections.listing import ListedCorrection, encode_id
from pipeline.drawings import Images
from pipeline.pages.rendering import render_template
from pipeline.records.corrections import CorrectionState

NO_REASON = "no reason given"
UNREADABLE = "nothing that can be read"


class Card(NamedTuple):
    """A correction on the sheet.

    label: what the player says that it shows. drawing: uint8 `(28, 28)`, None where there is none.
    id_to_decide: the id as the command line takes it, None where no decision is expected.
    """

    label: str
    correction: ListedCorrection
    drawing: Images | None
    id_to_decide: str | None


class Group(NamedTuple):
    """The corrections that are there for one reason."""

    reason: str
    cards: list[Card]


def render_sheet(
    corrections: Sequence[ListedCorrection], drawings: Mapping[str, Images], *, more: bool = False
) -> str:
    """Return the sheet as an HTML page. The same corrections give the same text.

    Args:
        corrections: those to show.
        drawings: uint8 `(28, 28)` by correction id, where there is one.
        more: whether there are further corrections that the sheet leaves out.
    """
    groups = [
        Group(reason, [_make_card(correction, drawings.get(correction.id)) for correction in group])
        for reason, group in groupby(sorted(corrections, key=_get_reason), key=_get_reason)
    ]
    return render_template(
        "sheet.html.jinja",
        count=len(corrections),
        decisions_expected=any(map(_is_quarantined, corrections)),
        more=more,
        groups=groups,
    )


def _make_card(correction: ListedCorrection, drawing: Images | None) -> Card:
    return Card(
        label=correction.corrected_label or UNREADABLE,
        correction=correction,
        drawing=drawing,
        id_to_decide=encode_id(correction.id) if _is_quarantined(correction) else None,
    )


def _is_quarantined(correction: ListedCorrection) -> bool:
    return correction.state is CorrectionState.QUARANTINED


def _get_reason(correction: ListedCorrection) -> str:
    return correction.reason or NO_REASON
