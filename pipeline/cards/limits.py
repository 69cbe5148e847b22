"""Say in plain words what a version cannot do, and what its figures do not show."""

from pipeline.formatting import format_category, format_percent
from pipeline.records.cards import Card

FEW_PLAYERS = 30
WEAK = 0.8
"""A class that is recognised less often is named."""
MOST_NAMED = 6


def describe_limits(card: Card) -> list[str]:
    """Return the limits of a version, a sentence or two each."""
    learned = card.learned_from
    answers, players = _count(learned.answers, "answer"), _count(learned.players, "player")
    classes = (
        f"It knows {len(card.categories)} classes and names one of them whatever it sees: it cannot"
        " say that a drawing shows none of them. How sure it is says little about such drawings."
    )
    taught = (
        f"It learned from {learned.base_rows:,} drawings of Google's Quick, Draw! and {answers} of"
        f" {players} of this game. Who draws otherwise, with another device, or in another part of"
        " the world, may be recognised less well."
    )
    clean = (
        "Clean drawings are those of Quick, Draw! that were kept aside. The figures on them say"
        " how well that data set is recognised; players' canvases are harder."
    )
    pixels = "It sees 28 x 28 grey pixels: no colours, no order of strokes, no fine detail."
    rule = (
        f"It expects canvases prepared by rule {learned.canvas_rule} (docs/canvas.md). Prepared"
        " otherwise they are recognised less well."
    )
    before = [classes, taught, *_describe_players(card)]
    return [*before, clean, pixels, rule, *_describe_weak_classes(card)]


def _describe_players(card: Card) -> list[str]:
    """Return what is not known about players' drawings."""
    since = card.since_parent
    if since is None:
        unknown = "how many of those it recognises is not known"
        return [f"It has not been compared on players' drawings: {unknown}."]
    limits = []
    if since.players is None:
        limits.append("No player's drawing has been kept aside yet to compare it on.")
    elif since.players_held_out < FEW_PLAYERS:
        held_out = _count(since.players_held_out, "player")
        limits.append(
            f"Its comparison on players' drawings rests on {held_out} that it has not learned from:"
            " one of them can change the counts."
        )
    if card.history[-1].players_accuracy is None:
        limits.append("How many of all players' drawings it recognises is not known.")
    limits.append(
        "Players who answer are not all players, and some answers are wrong. The counts of players'"
        " answers are counts of answers, not of all drawings."
    )
    if card.retrained:
        limits.append(
            "Only its last layer learned from players' answers: what the other layers, which are"
            " its baseline's, do not see, it cannot tell apart."
        )
    return limits


def _describe_weak_classes(card: Card) -> list[str]:
    weak = sorted(
        (name for name, recall in card.clean.recall.items() if recall < WEAK),
        key=lambda name: card.clean.recall[name],
    )
    if not weak:
        return []
    named = ", ".join(
        f"{format_category(name)} ({format_percent(card.clean.recall[name], 0)})"
        for name in weak[:MOST_NAMED]
    )
    more = f", and {len(weak) - MOST_NAMED} more" if len(weak) > MOST_NAMED else ""
    return [f"It is weak on {named}{more}: so few clean drawings of these are recognised."]


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
