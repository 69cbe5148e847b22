"""Bodies about corrections and the owner's decisions."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from pipeline.corrections.decisions import OWNER_REFUSED
from pipeline.corrections.listing import ListedCorrection
from pipeline.corrections.statuses import OWNER_DECIDES
from pipeline.records.learning import MergedAs
from service.schemas.base import WHOLE, Body, RequestBody
from service.schemas.lists import Paged


class Accept(RequestBody):
    """The drawing shows what the player says."""

    action: Literal["accept"]


class Relabel(RequestBody):
    """The drawing shows another class."""

    action: Literal["relabel"]
    label: str = Field(description="The class that the drawing shows.", examples=["cat"])


class Refuse(RequestBody):
    """The drawing is not learned from."""

    action: Literal["refuse"]


DecisionRequest = Annotated[
    Accept | Relabel | Refuse,
    Field(
        discriminator="action",
        description="What to do with a quarantined correction.",
        examples=[
            {"action": "accept"},
            {"action": "relabel", "label": "cat"},
            {"action": "refuse"},
        ],
    ),
]


class ReopenRequest(RequestBody):
    """Which refused corrections become pending again."""

    reason: str = Field(
        pattern="^[a-z_]{1,64}$",
        description="Those that are refused for this reason; any but `owner`.",
        examples=["missing_image"],
        json_schema_extra={"not": {"const": OWNER_REFUSED.reason}},
    )
    limit: Annotated[int, Field(ge=1, le=1000), WHOLE] = Field(
        1000, description="The largest number to reopen."
    )

    @field_validator("reason")
    @classmethod
    def _leave_decisions_alone(cls, reason: str) -> str:
        if reason == OWNER_REFUSED.reason:
            raise ValueError(OWNER_DECIDES)
        return reason


class ReopenedCorrections(Body):
    """How many corrections a request made pending again."""

    reopened: int
    more: bool = Field(description="Whether others are still refused for the same reason.")


class CorrectionList(Paged):
    """Some corrections, in order of id."""

    corrections: list[ListedCorrection]


class CorrectionDetail(ListedCorrection):
    """A correction, and the versions that it took part in."""

    merged: MergedAs | None = Field(
        None, description="Null if the data set does not hold it (any more)."
    )
