"""Bodies about a player's answers: what a client sends, and what there is then."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, JsonValue, model_validator

from pipeline.records.corrections import CorrectionState
from service.schemas.base import Body, RequestBody

MAX_SHORT = 128
"""Characters of a short text; the game's security rules have the same limit."""
Short = Annotated[str, Field(max_length=MAX_SHORT)]
Label = Annotated[str, Field(min_length=1, max_length=MAX_SHORT)]
Share = Annotated[float, Field(ge=0, le=1)]

_EXAMPLE_PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABAAQAAAACCEkxzAAAAyklEQVR42qWRsQ3CMBBFn0+RoCLpQSJj0JGR2IBswEop"
    "kFgDhQVCRxH5U+RsGUq46vvrnv/ZF8RSxm+idxWBsyTicj5b2Eu5WZoH4wQwdxlHN0ma5M6EsQMIKWLE2HyEXjFWCX9J"
    "Ui2j6kFNOZgNENvSCXeYO3degHSRJnn6EwwORdaYxAAGO6gA6SHVkuGTLQ9swGBFzHgLBlU/d8WPIcXjpBS6NIf7M1Gj"
    "i1O++eri4LhutePb3NO42LTfa1p3pRMECu6Ef/bu9QYLQlF2je/1tQAAAABJRU5ErkJggg=="
)
"""Three lines of a pen."""
_DRAWN: list[JsonValue] = [
    {"required": ["canvas"], "properties": {"canvas": {"type": "string"}}},
    {"required": ["strokes"], "properties": {"strokes": {"type": "array"}}},
]
"""At least one of them is there, and not null."""
LABELS = ("correctedLabel", "originalPrediction")
"""The fields that must be classes of the game, or its words for them."""


class Stroke(RequestBody):
    """One line of the pen: the places of its points, in any unit."""

    x: list[float] = Field(description="Finite numbers, rising to the right.")
    y: list[float] = Field(description="As many, rising downwards.")


class AnswerRequest(RequestBody):
    """What a player says that a drawing shows, with the drawing: a canvas, strokes, or both.

    `null` stands for a field that is left out.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": _DRAWN,
            "examples": [
                {
                    "correctedLabel": "cat",
                    "originalPrediction": "sun",
                    "confidence": 0.61,
                    "modelVersion": "v1.0.2",
                    "asked": "margin",
                    "askedChance": 1,
                    "drawingId": "5f0c1e6a9b7d4c3e8a2f",
                    "strokes": [{"x": [10, 80, 40], "y": [12, 15, 70]}],
                },
                {"correctedLabel": "cat", "canvas": f"data:image/png;base64,{_EXAMPLE_PNG}"},
            ],
        },
    )

    corrected_label: Label = Field(
        description="The class that the player says the drawing shows, or the game's word for it."
    )
    canvas: str | None = Field(None, description="A PNG or a JPEG, in base64 or as a `data:` URL.")
    strokes: list[Stroke] | None = Field(
        None,
        description="What the canvas was drawn with; at most 500 with 20,000 points in all. They"
        " are used instead of the canvas.",
    )
    drawing_id: str | None = Field(
        None,
        pattern="^[A-Za-z0-9_-]{1,128}$",
        description="The drawing. A player has one answer to each; by default the service makes an"
        " id, from the `Idempotency-Key` if there is one.",
    )
    original_prediction: Label | None = Field(
        None, description="The class that the player saw as the guess."
    )
    confidence: Share | None = Field(None, description="The model's probability of that guess.")
    model_version: Short | None = Field(None, description="The version that guessed.")
    asked: Literal["none", "margin", "audit", "disagreement"] | None = Field(
        None, description="Why the game asked the player; `none`: the player said so unasked."
    )
    asked_chance: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="The probability with which it asked."
    )
    session_id: Short | None = Field(None, description="The game's session.")

    @model_validator(mode="after")
    def _has_drawing(self) -> Self:
        if self.canvas is None and self.strokes is None:
            raise ValueError("send the drawing: a canvas, strokes, or both")
        return self


class Answer(Body):
    """An answer as it is now. Runs move it on: the same request again says how it fared."""

    id: str = Field(description="The id of its document in Firestore.")
    drawing_id: str = Field(description="The drawing; also if the service made the id.")
    corrected_label: str | None = Field(
        description="The class. The first answer about a drawing stays."
    )
    status: CorrectionState | None = Field(
        description="`pending` until a run settles it; null in a document that the game itself"
        " wrote without a status."
    )
    reason: str | None = Field(description="The reason of that state; null while it is pending.")
