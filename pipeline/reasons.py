"""The reasons of verdicts on drawings and corrections: what each means, and what an owner can do.

docs/reasons.md is made from the texts below the members.
"""

from enum import StrEnum


class DrawingReason(StrEnum):
    """Why a canvas or its strokes show no usable drawing: `InvalidDrawing.reason`."""

    UNREADABLE_IMAGE = "unreadable_image"
    """The canvas is no PNG or JPEG that can be decoded, or has too many pixels. The message names
    what it is: let the game send `canvas.toBlob()` as it is."""
    IMAGE_TOO_LARGE = "image_too_large"
    """The canvas has more bytes than `REDRAW_MAX_CANVAS_BYTES`. Send a smaller canvas, or raise the
    setting."""
    BLANK = "blank"
    """There is no drawing on the canvas. Do not send it: ask the player to draw first."""
    SCRIBBLE = "scribble"
    """Nearly all of the canvas is ink, or it is noise. If players draw like that on purpose, there
    is nothing to do; if many do, look at what the game exports."""
    MALFORMED_STROKES = "malformed_strokes"
    """The strokes are in no form that Redraw knows, or are too many. The message says where: see
    docs/other-games.md for the forms. Of a correction that has a canvas too, the canvas counts."""


class MergedReason(StrEnum):
    """Why a correction is `merged`: it is in the data set."""

    MERGED = "merged"
    """The player corrected the guess. Nothing is to be done."""
    CONFIRMATION = "confirmation"
    """The player confirmed the guess. Nothing is to be done."""


class QuarantineReason(StrEnum):
    """Why a correction is `quarantined`: it may be wrong, and waits for the owner's decision."""

    BURST = "burst"
    """It is one of five or more nearly identical drawings with one label. Accept it if players draw
    so by themselves; refuse it if one person or program sent them all."""
    NO_CLASS = "no_class"
    """The drawing resembles none of the classes. Look at it, and refuse it if it is a doodle."""
    CONTRADICTED_LABEL = "contradicted_label"
    """The drawing looks like another class. Look at it: accept it, relabel it, or refuse it."""
    PLAYER_RECORD = "player_record"
    """Half or more of this player's corrections are contradicted, more than by bad luck. Decide
    about each, or refuse all of them."""
    FLOOD = "flood"
    """The player sent more than `REDRAW_PLAYER_CLASS_CAP` of this class in one run. Accept some of
    them, or leave them: they would count too much."""


class RefusalReason(StrEnum):
    """Why a correction is `refused`: it cannot be used. Those of a drawing are refusals too.

    `redraw corrections reopen --reason REASON` makes them pending again once the cause is gone.
    """

    MALFORMED_DOCUMENT = "malformed_document"
    """The document lacks a label, a time or a drawing, or they are of a wrong type. Correct the
    game, or say in the settings how it spells its fields (docs/other-games.md)."""
    MISSING_PLAYER = "missing_player"
    """The document does not say who drew. Let the game write `userId`."""
    UNKNOWN_LABEL = "unknown_label"
    """The label is none of the classes. Compare the game's names with `REDRAW_CATEGORIES`."""
    UNSAFE_PATH = "unsafe_path"
    """The path of the canvas leads out of the folder for canvases, or into another bucket. Correct
    the game, or `REDRAW_GAME_FOLDER`."""
    UNSAFE_ID = "unsafe_id"
    """The document's id has a zero character, or more than 128 characters. Let Firestore choose
    ids."""
    MISSING_IMAGE = "missing_image"
    """The canvas has not come to Storage within `REDRAW_CANVAS_GRACE_HOURS`. Until then the
    correction stays pending with this reason. Look at the game's uploads."""
    DUPLICATE = "duplicate"
    """The same drawing, pixel by pixel, is in the data set already or in the same harvest. Nothing
    is to be done, unless there are many: then the game sends some twice."""
    OWNER = "owner"
    """An owner refused it. `redraw decide ID accept` takes that back."""


CORRECTION_REASONS = frozenset(
    str(reason)
    for kind in (DrawingReason, MergedReason, QuarantineReason, RefusalReason)
    for reason in kind
)
"""Every reason that a correction's document can have."""
