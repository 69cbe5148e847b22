"""Why a correction is in its state, in words for people: a phrase, and what can be done.

`pipeline.reasons` says the same at length.
"""

from collections.abc import Mapping
from typing import NamedTuple

from pipeline.reasons import DrawingReason, MergedReason, QuarantineReason, RefusalReason


class Words(NamedTuple):
    """What a reason means, as the end of "It is quarantined: ...", and what can be done."""

    phrase: str
    advice: str


_NOTHING = "Nothing is to be done."
REASONS: Mapping[str, Words] = {
    MergedReason.MERGED: Words("the player corrected the guess", _NOTHING),
    MergedReason.CONFIRMATION: Words("the player confirmed the guess", _NOTHING),
    QuarantineReason.BURST: Words(
        "one of several nearly equal drawings",
        "Accept it if players draw so by themselves. Refuse it if one person or program sent all.",
    ),
    QuarantineReason.NO_CLASS: Words(
        "resembles none of the classes", "Look at it, and refuse it if it is a doodle."
    ),
    QuarantineReason.CONTRADICTED_LABEL: Words(
        "looks like another class", "Look at it: accept it, give it another class, or refuse it."
    ),
    QuarantineReason.PLAYER_RECORD: Words(
        "from a player with many contradicted corrections",
        "Decide about each of this player's corrections, or refuse all.",
    ),
    QuarantineReason.FLOOD: Words(
        "one of very many of this class from one player",
        "Accept some of them, or leave them: all together would count too much.",
    ),
    DrawingReason.UNREADABLE_IMAGE: Words(
        "the canvas is no picture that can be read", "Look at what the game exports."
    ),
    DrawingReason.IMAGE_TOO_LARGE: Words(
        "the canvas is too large", "Send a smaller canvas, or raise REDRAW_MAX_CANVAS_BYTES."
    ),
    DrawingReason.BLANK: Words(
        "nothing is drawn", "Let the game ask the player to draw before it sends."
    ),
    DrawingReason.SCRIBBLE: Words(
        "a scribble", "Nothing is to be done, unless there are many: look at what the game exports."
    ),
    DrawingReason.MALFORMED_STROKES: Words(
        "the strokes cannot be read", "Compare what the game writes with docs/other-games.md."
    ),
    RefusalReason.MALFORMED_DOCUMENT: Words(
        "the document is not as the game writes it",
        "Correct the game, or say in the settings how it spells its fields.",
    ),
    RefusalReason.MISSING_PLAYER: Words(
        "it does not say who drew", "Let the game write userId: an anonymous account is enough."
    ),
    RefusalReason.UNKNOWN_LABEL: Words(
        "the player's word is none of the classes",
        "Compare the game's words with REDRAW_CATEGORIES.",
    ),
    RefusalReason.UNSAFE_PATH: Words(
        "the path of the canvas is not allowed", "Correct the game, or REDRAW_GAME_FOLDER."
    ),
    RefusalReason.UNSAFE_ID: Words(
        "its id cannot be stored", "Let Firestore choose the ids of documents."
    ),
    RefusalReason.MISSING_IMAGE: Words(
        "the canvas has not arrived", "Look at the uploads of the game."
    ),
    RefusalReason.DUPLICATE: Words(
        "the same drawing is there already",
        "Nothing is to be done, unless there are many: then the game sends some twice.",
    ),
    RefusalReason.OWNER: Words(
        "an owner refused it", "Accept it on the page Review to take that back."
    ),
}


def describe_reason(reason: str | None) -> str:
    """Return a phrase for a reason; a reason that Redraw does not know is returned as it is."""
    words = REASONS.get(reason or "")
    return words.phrase if words else reason or "no reason is given"


def advise_on(reason: str | None) -> str:
    """Return what an owner can do about a reason; empty for one that Redraw does not know."""
    words = REASONS.get(reason or "")
    return words.advice if words else ""
