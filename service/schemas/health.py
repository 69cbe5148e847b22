"""Bodies about the state of the process."""

from typing import Literal

from pydantic import Field

from service.schemas.base import Body


class Alive(Body):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(Body):
    """All services that this one needs answer."""

    status: Literal["ready"] = "ready"
    problems: list[str] | None = Field(
        None, description="What an owner should put right, though the service answers."
    )
