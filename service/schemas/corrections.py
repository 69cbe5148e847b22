"""Bodies about corrections and the owner's decisions."""

from pydantic import ConfigDict, Field, field_validator

from pipeline.corrections.decisions import OWNER_REFUSED
from pipeline.corrections.listing import ListedCorrection
from pipeline.corrections.statuses import OWNER_DECIDES
from pipeline.records.corrections import OwnerChoice
from pipeline.records.learning import MergedAs
from service.schemas.base import Body
from service.schemas.lists import Paged


class DecisionRequest(OwnerChoice):
    """What to do with a quarantined correction: accept it, relabel it, or refuse it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"action": "accept"},
                {"action": "relabel", "label": "cat"},
                {"action": "refuse"},
            ]
        },
    )


class ReopenRequest(Body):
    """Which refused corrections become pending again."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(
        pattern="^[a-z_]{1,64}$",
        description="Those that are refused for this reason; any but `owner`.",
        examples=["missing_image"],
    )
    limit: int = Field(1000, ge=1, le=1000, description="The largest number to reopen.")

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
