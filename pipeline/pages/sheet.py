"""Corrections and their drawings to one HTML page on which the owner looks at what waits, group by group. Loads nothing."""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import groupby

from pipeline.corrections.listing import ListedCorrection, encode_id
from pipeline.drawings import Images
from pipeline.pages.figures import escape_name, percent, picture
from pipeline.pages.page import page, section
from pipeline.records.corrections import CorrectionState, OwnerDecision

TITLE = "What do these drawings show?"
NO_REASON = "no reason given"
ASKED = "Redraw was not sure about these, and asks you."
HOW = (
    "The command below a drawing accepts it as what the player says. Instead of <code>accept</code> write "
    "<code>relabel --label cat</code> where it shows something else, with the name of that class, or <code>refuse</code>. "
    "You may change your mind until the next run has learned from it."
)
MEANINGS = {
    "no_class": "They look like none of the classes. Accept what you recognise, and refuse the rest: what is learned from "
    "scribbles is lost on drawings.",
}
"""What a group is about, where its name does not say enough."""


def render_sheet(
    corrections: Sequence[ListedCorrection], drawings: Mapping[str, Images], *, more: bool = False
) -> str:
    """The page. `drawings`: uint8 `(28, 28)` by correction id, where one could be made. `more`: some were left out."""
    groups = [
        (reason, list(found))
        for reason, found in groupby(sorted(corrections, key=_group), key=_group)
    ]
    parts = [_head(corrections, more=more)]
    for reason, found in groups:
        cards = "".join(_card(each, drawings.get(each.id)) for each in found)
        title = f"{escape_name(reason)}: {len(found):,}"
        parts.append(section(title, MEANINGS.get(reason, ""), f'<div class="sheet">{cards}</div>'))
    return page(TITLE, parts)


def _head(corrections: Sequence[ListedCorrection], *, more: bool) -> str:
    count = f"{len(corrections):,} {'correction' if len(corrections) == 1 else 'corrections'}"
    asked = any(map(_waits, corrections))
    told = ASKED if asked else "Nothing here waits for you."
    left_out = " There are more: make the page again with a higher --limit." if more else ""
    how = f"<p>{HOW}</p>" if asked else ""
    return f'<header><p class="eyebrow">{count}</p><h1>{TITLE}</h1><p class="lede">{told}{left_out}</p>{how}</header>'


def _card(correction: ListedCorrection, drawing: Images | None) -> str:
    said = escape_name(correction.corrected_label or "nothing that can be read")
    drawn = (
        picture(drawing, f"drawn as {said}")
        if drawing is not None
        else '<div class="drawing">no drawing can be made</div>'
    )
    guessed = (
        f"the model guessed {escape_name(correction.original_prediction)}"
        if correction.original_prediction
        else ""
    )
    if guessed and correction.confidence is not None:
        guessed += f", {percent(correction.confidence, 0)} sure"
    lines = [
        guessed,
        escape(correction.explanation or ""),
        _decided(correction.decision) if correction.decision else "",
    ]
    told = "".join(f"<p>{line}</p>" for line in lines if line)
    command = (
        f"<code>redraw decide {escape(encode_id(correction.id))} accept</code>"
        if _waits(correction)
        else ""
    )
    return f'<div class="card">{drawn}<div><strong>{said}, says the player</strong>{told}{command}</div></div>'


def _decided(decision: OwnerDecision) -> str:
    label = f" as {escape_name(decision.label)}" if decision.label else ""
    return f"You said {decision.action}{label}, on {decision.at:%Y-%m-%d}."


def _waits(correction: ListedCorrection) -> bool:
    return correction.state is CorrectionState.QUARANTINED


def _group(correction: ListedCorrection) -> str:
    return correction.reason or NO_REASON
