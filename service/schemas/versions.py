"""Bodies about versions and releases."""

from typing import Annotated

from pydantic import Field

from pipeline.records.learning import LearnedCorrection
from pipeline.records.reading import Unreadable
from pipeline.records.versions import ModelVersion
from pipeline.versions.documents import MAX_FENCE
from pipeline.versions.periods import ReleasePeriod
from service.schemas.base import WHOLE, RequestBody
from service.schemas.lists import Paged


class PromoteRequest(RequestBody):
    """The optional body of a request to release a version, or to go back to the one before."""

    replacing: Annotated[int, Field(ge=0, le=MAX_FENCE), WHOLE] | None = Field(
        None,
        description=(
            "The `fence` of the release that the caller saw. "
            "If the release has changed since, nothing is done (409)."
        ),
        examples=[3],
    )
    why: str | None = Field(
        None,
        min_length=1,
        max_length=500,
        description="The reason, in a line, which the history of releases keeps.",
        examples=["players say that cats are not recognised any more"],
    )


class WithdrawRequest(RequestBody):
    """The optional body of a request to withdraw a version."""

    why: str | None = Field(
        None,
        min_length=1,
        max_length=500,
        description="The reason, in a line, which the version keeps.",
        examples=["it took cats for dogs"],
    )


class LearnedList(Paged):
    """Some corrections of a version, in order of merging."""

    corrections: list[LearnedCorrection]


class ModelList(Paged):
    """Some versions, the highest number first."""

    models: list[ModelVersion]
    unreadable: list[Unreadable] = Field(
        description=(
            "Documents that cannot be read, and are left out of the list, or of which a "
            "description cannot be read. Those whose id is no version number come with the first "
            "versions."
        )
    )


class ReleaseList(Paged):
    """Which version was live when, the newest first."""

    releases: list[ReleasePeriod]
    unreadable: list[Unreadable] = Field(
        description="Entries of the history that cannot be read, and are left out of the list."
    )
