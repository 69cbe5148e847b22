"""Define the settings of the HTTP service and of what it sends, one group for each subject."""

import re
from typing import Literal

from pydantic import Field, field_validator

from pipeline.setting_groups import Group


class CorsSettings(Group):
    """Which web pages of other origins may read the service's answers (CORS)."""

    origins: str = Field(
        "*",
        description="Origins whose pages may read the release and the files of versions, and send"
        " drawings, with commas between, such as `https://game.example`; `*`: all.",
    )
    owner_origins: str = Field(
        "",
        description="Origins whose pages may also call the owner's routes, with commas between;"
        " empty: none.",
    )

    @field_validator("origins", "owner_origins")
    @classmethod
    def _refuse_what_is_no_origin(cls, text: str) -> str:
        for origin in split_origins(text) - {"*"}:
            if not re.fullmatch(r"https?://[^/\s,*?#]+", origin):
                raise ValueError(
                    f"{origin!r} is no origin: write https://host, or https://host:port,"
                    " without a path"
                )
        return text


def split_origins(text: str) -> frozenset[str]:
    """Return the origins in a text that has commas between them."""
    return frozenset(part.strip() for part in text.split(",") if part.strip())


class PredictSettings(Group):
    """Who may use `POST /v1/predict`, and what works for it."""

    callers: Literal["anyone", "players"] = Field(
        "anyone",
        description="Who may send drawings to `POST /v1/predict`: `anyone`, or `players`, which are"
        " those who send a Firebase ID token.",
    )
    processes: int = Field(
        1,
        ge=0,
        le=64,
        description="Processes beside the web process that turn canvases into drawings; 0: a thread"
        " of it does. Each needs about 80 MB, and makes 400 drawings a second at most.",
    )


class AnswerSettings(Group):
    """What `POST /v1/corrections` takes from players."""


class LimitSettings(Group):
    """How much one caller may ask for."""


class MetricsSettings(Group):
    """What `/metrics` says, and to whom."""


class LogSettings(Group):
    """How the processes write their logs."""


class WebhookSettings(Group):
    """Where notifications are sent."""
