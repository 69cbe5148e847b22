"""Bodies about trials."""

from typing import Literal

from pydantic import ConfigDict, Field

from pipeline.records.reading import Unreadable
from pipeline.records.trials import Trial
from pipeline.records.versions import Release
from pipeline.version_settings import LARGEST_CANARY
from service.schemas.base import Body, RequestBody
from service.schemas.lists import Paged


class TrialRequest(RequestBody):
    """The optional body of a request to try a version; what is left out is as the settings say.

    Where the settings are for a shadow with all players, a canary needs a share.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"kind": {"const": "canary"}}, "required": ["kind"]},
            "then": {
                "properties": {"share": {"type": "number", "maximum": LARGEST_CANARY}},
                "required": ["share"],
            },
        }
    )

    kind: Literal["shadow", "canary"] | None = Field(
        None,
        description="`shadow`: it guesses beside the released version; `canary`: players in the "
        "trial see its guesses.",
    )
    share: float | None = Field(
        None,
        gt=0,
        le=1,
        description="Share of the players who are in the trial; of a canary at most 0.5.",
        examples=[0.1],
    )
    days: float | None = Field(
        None, gt=0, le=365, description="It ends after so many days at most.", examples=[7]
    )


class TrialList(Paged):
    """Trials and watches, the newest first."""

    trials: list[Trial]
    unreadable: list[Unreadable] = Field(
        description="Documents that cannot be read, and are left out of the list."
    )


class TrialAnswer(Body):
    """A trial and the release, as they are after a request."""

    trial: Trial | None = Field(description="The trial; null where its document cannot be read.")
    release: Release | None = Field(description="The release; null where nothing is released.")
