"""Take a player's answer and write it as the game's own clients do: the canvas, then the document.

All is checked before anything is written. The document is created last, and once, so a repetition
of the same answer completes what was interrupted, and changes nothing else.
"""

import base64
import hmac
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from pipeline.corrections.canvas_paths import CanvasPlace
from pipeline.corrections.decisions import read_reason, read_state
from pipeline.corrections.fields import read_player_id, read_text
from pipeline.corrections.game_schema import LABEL_FIELDS, GameSchema, read_schema
from pipeline.drawings import decode_canvas_text, normalize_canvas, render_strokes
from pipeline.drawings.png_file import PNG_SIGNATURE
from pipeline.errors import (
    DrawingIdTaken,
    InvalidLabel,
    NotFound,
    ObjectExists,
    ObjectMissing,
    ObjectTooLarge,
    Unavailable,
)
from pipeline.formatting import shorten
from pipeline.ports import Ports
from pipeline.records.corrections import CorrectionDocument, CorrectionState
from pipeline.settings import Settings

MAX_WORD = 40
"""Characters of a text that are repeated."""
_ID_BYTES = 16


class SentAnswer(NamedTuple):
    """What a player says about a drawing, as the player's client sent it.

    drawing_id: letters, digits, "_" and "-", at most 128.
    details: the other fields of the document by our names, of the right types: `correctedLabel`,
        and what else is known.
    canvas: base64 text or a data: URL, unchecked. strokes: what it was drawn with, unchecked. At
        least one of them is not None.
    """

    drawing_id: str
    details: Mapping[str, Any]
    canvas: str | None = None
    strokes: Any = None


class TakenAnswer(NamedTuple):
    """The answer that is there now.

    is_new: whether this call has created its document. is_same: whether it has the label that was
    sent. reason: that of its state, None if it is pending.
    """

    id: str
    label: str | None
    state: CorrectionState | None
    reason: str | None
    is_new: bool
    is_same: bool = True


def make_drawing_id(player: str, key: str | None, settings: Settings) -> str:
    """Return an id for a drawing whose sender names none.

    Args:
        player: the uid.
        key: a text that the player's client sends again with each repetition: it gives the same id,
            which no other client can compute. None: the id is random.
        settings: the player key.
    """
    if key is None:
        return secrets.token_hex(_ID_BYTES)
    secret = settings.player_key.get_secret_value().encode()
    text = f"drawing\0{player}\0{key}".encode("utf-8", "surrogatepass")
    return hmac.new(secret, text, "sha256").hexdigest()[: 2 * _ID_BYTES]


def take_answer(answer: SentAnswer, player: str, ports: Ports, settings: Settings) -> TakenAnswer:
    """Write an answer, unless the same player's answer about this drawing is there already.

    Args:
        answer: what was sent.
        player: the uid of the player who sent it.
        ports: the project.
        settings: how the game spells its corrections, and the largest canvas.

    Raises:
        InvalidLabel: a label is none of the classes.
        InvalidDrawing: the canvas, or the strokes, cannot be used, for a reason of collecting.
        DrawingIdTaken: the id stands for another player's drawing, or for another canvas.
        Unavailable: Firestore or Storage does not answer. What is written already stays.
    """
    schema = read_schema(settings.game, settings.categories)
    details = {**answer.details, **_read_labels(answer.details, schema)}
    canvas = _check_drawing(answer, settings)
    known = _find(answer.drawing_id, player, ports)
    if known is not None:
        return known._replace(is_same=known.label == details["correctedLabel"])
    fields = {
        **details,
        "drawingId": answer.drawing_id,
        "userId": player,
        "status": str(CorrectionState.PENDING),
    }
    if answer.strokes is not None:
        fields["strokes"] = answer.strokes
    if canvas is not None and schema.keeps_canvases:
        fields["imageData"] = _write_data_url(canvas)
    elif canvas is not None:
        fields["imageStoragePath"] = _store_canvas(answer.drawing_id, canvas, ports, settings)
    if ports.corrections.create(answer.drawing_id, fields):
        label, state = details["correctedLabel"], CorrectionState.PENDING
        return TakenAnswer(answer.drawing_id, label, state, None, is_new=True)
    # Another request was faster: a repetition of this one, or one of another player.
    known = _find(answer.drawing_id, player, ports)
    if known is None:
        raise Unavailable("the answer was deleted while it was written")
    return known._replace(is_same=known.label == details["correctedLabel"])


def _read_labels(details: Mapping[str, Any], schema: GameSchema) -> dict[str, str]:
    """Return the classes that the labels of an answer stand for, by field."""
    labels = {}
    for name in LABEL_FIELDS:
        if name in details:
            label = schema.read_label(details[name])
            if label is None:
                raise InvalidLabel(
                    f"{name}: {shorten(details[name], MAX_WORD)!r} is none of the classes: choose"
                    f" from {', '.join(schema.categories)}"
                )
            labels[name] = label
    return labels


def _check_drawing(answer: SentAnswer, settings: Settings) -> bytes | None:
    """Return the file of the canvas, if one was sent. All that was sent must be usable."""
    if answer.strokes is not None:
        render_strokes(answer.strokes)
    if answer.canvas is None:
        return None
    data = decode_canvas_text(answer.canvas, settings.max_canvas_bytes)
    normalize_canvas(data)
    return data


def _find(drawing_id: str, player: str, ports: Ports) -> TakenAnswer | None:
    """Return the player's answer about this drawing, if there is one.

    Raises:
        DrawingIdTaken: the document is another player's. Nothing of it is told.
    """
    try:
        document = ports.corrections.get(drawing_id)
    except NotFound:
        return None
    if read_player_id(document.fields.get("userId")) != read_player_id(player):
        raise _taken()
    return _describe(document)


def _describe(document: CorrectionDocument) -> TakenAnswer:
    state = read_state(document.fields)
    reason = None if state is CorrectionState.PENDING else read_reason(document.fields)
    label = read_text(document.fields.get("correctedLabel"))
    return TakenAnswer(
        document.id,
        None if label is None else shorten(label, MAX_WORD),
        state,
        None if reason is None else shorten(reason, MAX_WORD),
        is_new=False,
    )


def _store_canvas(drawing_id: str, canvas: bytes, ports: Ports, settings: Settings) -> str:
    """Create the canvas in Storage and return its path.

    Raises:
        DrawingIdTaken: another one is there. The same one is what an interrupted call has left.
    """
    path = CanvasPlace.of(settings).name_canvas(drawing_id)
    try:
        ports.artefacts.create(path, canvas, _name_kind(canvas))
    except ObjectExists:
        try:
            is_same = ports.artefacts.read(path, settings.max_canvas_bytes) == canvas
        except ObjectTooLarge:
            is_same = False
        except ObjectMissing as error:
            raise Unavailable(f"{path} was deleted while it was looked at") from error
        if not is_same:
            raise _taken() from None
    return path


def _name_kind(canvas: bytes) -> str:
    return "image/png" if canvas.startswith(PNG_SIGNATURE) else "image/jpeg"


def _write_data_url(canvas: bytes) -> str:
    return f"data:{_name_kind(canvas)};base64,{base64.b64encode(canvas).decode()}"


def _taken() -> DrawingIdTaken:
    return DrawingIdTaken(
        "this drawingId cannot be used: send the answer with another one, or without one"
    )
