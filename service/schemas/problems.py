"""The body of every error."""

from datetime import datetime

from pydantic import Field

from service.schemas.base import Body


class InvalidField(Body):
    """An invalid field of a request."""

    where: str = Field(
        description="The path of the field, outermost part first.", examples=["body.reason"]
    )
    message: str = Field(examples=["String should have at most 200 characters"])


class Problem(Body):
    """Why a request failed (RFC 9457). The members after `instance` are optional."""

    type: str = Field(description="The kind of problem, as a URI.")
    title: str = Field(description="The kind of problem in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened, and what to do.")
    instance: str = Field(description="The path of the request.")
    run_id: str | None = Field(None, description="The run that is under way, or that was recorded.")
    state: str | None = Field(None, description="The state of that run, or of the correction.")
    holder: str | None = Field(
        None, description="The worker that executes that run; absent when none does."
    )
    lease_until: datetime | None = Field(
        None, description="When that worker is replaced unless it gives a sign of life before."
    )
    down: list[str] | None = Field(
        None, description="The services that do not answer: `firestore`, `redis`."
    )
    reason: str | None = Field(
        None,
        description="Why a drawing or a correction cannot be used: the reasons for which collecting"
        " refuses one, such as `blank` or `scribble`.",
    )
    errors: list[InvalidField] | None = Field(
        None, description="Every invalid field of the request."
    )
