"""What the events of a run tell."""

from datetime import datetime

from pydantic import Field

from pipeline.records.runs import RunState
from service.schemas.base import Body


class RunEvent(Body):
    """The data of the events `progress` and `end`: how far a run was at `updatedAt`."""

    run_id: str
    state: RunState
    step: int = Field(description="The number of the present step, from 1; 0 before the first.")
    steps: int = Field(description="How many steps such a run has. It may end before the last.")
    message: str = Field(description="What is being done.")
    done: int
    total: int = Field(description="0: it cannot be counted.")
    seconds_left: float | None = Field(
        None, description="Until the run ends, estimated at `updatedAt`; null: unknown."
    )
    step_seconds_left: float | None = Field(
        None, description="Until the present step ends, likewise."
    )
    updated_at: datetime
    cancel_requested_at: datetime | None = Field(
        None, description="Since when the run is being cancelled."
    )
    version: str | None = Field(None, description="The version that the run has made.")
    reason: str | None = Field(None, description="Why the run ended so.")
