"""Bodies of `POST /v1/predict`."""

from typing import Annotated, Any

from pydantic import ConfigDict, Discriminator, Field, Tag, TypeAdapter, model_validator

from service.schemas.base import WHOLE, Body
from service.schemas.problems import Problem

BATCH = 32
"""Drawings in one request for predictions, at most."""
TOP = 3
MOST_TOP = 255

DrawingId = Annotated[
    str,
    Field(
        pattern="^[A-Za-z0-9_-]{1,128}$",
        description="The drawing's id: the same for all guesses about one drawing, and for its "
        "correction, as it decides on the audit. By default one is made.",
        examples=["d41c0f9a7e2b4c6f8a1b3d5e7f901234"],
    ),
]
Top = Annotated[
    int,
    Field(ge=1, le=MOST_TOP, description="How many of the likeliest classes to return."),
    WHOLE,
]
WithDrawing = Annotated[
    bool, Field(description="Whether to return the drawing as the model saw it.")
]
_EXAMPLE: dict[str, Any] = {
    "strokes": [{"x": [10, 90, 90, 10, 10], "y": [10, 10, 90, 90, 10]}],
    "player": "pia",
}


_DRAWN: dict[str, Any] = {
    "anyOf": [
        {"required": ["canvas"], "properties": {"canvas": {"type": "string"}}},
        {"required": ["strokes"], "properties": {"strokes": {"not": {"type": "null"}}}},
    ]
}


class DrawnCanvas(Body):
    """A canvas, or the strokes that it was drawn with. The strokes count, if both are there."""

    model_config = ConfigDict(extra="forbid", strict=True, json_schema_extra=_DRAWN)

    canvas: str | None = Field(
        None, description="A PNG or JPEG in base64, or a data: URL as `canvas.toDataURL()` gives."
    )
    strokes: Any = Field(
        None,
        description="As in a correction: a list of at most 500 strokes with 20,000 points in all, "
        "each `{x: [...], y: [...]}`.",
    )
    drawing_id: DrawingId | None = None

    @model_validator(mode="after")
    def _need_something_drawn(self) -> "DrawnCanvas":
        if self.canvas is None and self.strokes is None:
            raise ValueError("give `canvas` or `strokes`")
        return self


class PredictQuery(Body):
    """What the query says about a picture, and about JSON that does not say it itself."""

    drawing_id: DrawingId | None = None
    top: Top | None = None
    with_drawing: WithDrawing | None = None


class _Asked(Body):
    model_config = ConfigDict(extra="forbid", strict=True)

    player: str | None = Field(
        None,
        min_length=1,
        max_length=1500,
        description="The player, for a trial's assignment alone; by default the one of the token. "
        "It is neither logged nor stored.",
    )
    top: Top | None = None
    with_drawing: WithDrawing | None = None


class PredictRequest(DrawnCanvas, _Asked):
    """One drawing to guess."""

    model_config = ConfigDict(json_schema_extra={**_DRAWN, "examples": [_EXAMPLE]})


class PredictBatch(_Asked):
    """Drawings to guess, of one player."""

    drawings: list[DrawnCanvas] = Field(min_length=1, max_length=BATCH)


BODY_KINDS = ("one", "batch")


def _find_kind(body: Any) -> str:
    return BODY_KINDS[isinstance(body, dict) and "drawings" in body]


PREDICT_BODY: TypeAdapter[PredictRequest | PredictBatch] = TypeAdapter(
    Annotated[
        Annotated[PredictRequest, Tag("one")] | Annotated[PredictBatch, Tag("batch")],
        Discriminator(_find_kind),
    ]
)


BODY_CONTENT: dict[str, Any] = {
    **{
        f"image/{kind}": {"schema": {"type": "string", "format": "binary"}}
        for kind in ("png", "jpeg")
    },
    "application/json": {
        "schema": {
            "oneOf": [
                {"$ref": f"#/components/schemas/{model.__name__}"}
                for model in (PredictRequest, PredictBatch)
            ]
        }
    },
}
"""How OpenAPI describes the body, which FastAPI cannot: it is a picture or JSON."""


class LikelyClass(Body):
    """A class and its probability."""

    label: str = Field(examples=["cat"])
    confidence: float = Field(ge=0, le=1, examples=[0.93])


class Ask(Body):
    """Why to ask the player what was drawn. A correction repeats both."""

    reason: str = Field(
        description="`margin`: the best two classes are close; `audit`: chance chose the drawing; "
        "`disagreement`: a version on trial guesses another class.",
        examples=["margin"],
    )
    chance: float = Field(
        gt=0, le=1, description="With which chance it was to be asked.", examples=[1.0]
    )


class Guess(Body):
    """What a drawing shows, as a version guesses."""

    drawing_id: str
    label: str = Field(description="The likeliest class.", examples=["cat"])
    confidence: float = Field(ge=0, le=1, description="Its probability.", examples=[0.93])
    top: list[LikelyClass] = Field(description="The likeliest classes, the best first.")
    version: str = Field(description="The version that guessed.", examples=["v1.0.1"])
    ask: Ask | None = Field(description="Null: do not ask the player.")
    other: str | None = Field(
        None, description="The class that a version on trial guesses, where it differs."
    )
    drawing: str | None = Field(
        None, description="What the model saw: a PNG of 28 x 28 in base64, white on black."
    )


class NoGuess(Body):
    """A drawing of a batch that cannot be used."""

    drawing_id: str
    problem: Problem


class Guesses(Body):
    """The answers to a batch, in its order."""

    guesses: list[Guess | NoGuess]
