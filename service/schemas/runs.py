"""Bodies about runs."""

from pydantic import Field

from pipeline.records.reading import Unreadable
from pipeline.records.runs import NewRecipe, Run
from service.schemas.base import RequestBody
from service.schemas.lists import Paged


class RetrainRequest(RequestBody):
    """The optional body of a request for a retrain."""

    reason: str | None = Field(
        None,
        max_length=200,
        description="Why; kept with the run as `purpose`.",
        examples=["300 new cats since Friday"],
    )


class BaselineRequest(RetrainRequest):
    """The optional body of a request for a new baseline."""

    recipe: NewRecipe | None = Field(
        None,
        description="How it is trained; without it, as REDRAW_REBASELINE_RECIPE says.",
        examples=["best"],
    )


class RunList(Paged):
    """Runs, the newest first."""

    runs: list[Run]
    unreadable: list[Unreadable] = Field(
        description="Documents that cannot be read, and are left out of the list."
    )
