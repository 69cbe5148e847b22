"""Define the settings of the HTTP service and of what it sends, one group for each subject."""

import re
from typing import Literal

from pydantic import Field, field_validator

from pipeline.setting_groups import Group


class CorsSettings(Group):
    """Which web pages of other origins may read the service's answers (CORS)."""

    origins: str = Field(
        "*",
        description="Origins whose pages may read the release and the files of versions, with"
        " commas between, such as `https://game.example`; `*`: all.",
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
    """What `POST /v1/predict` takes."""


class AnswerSettings(Group):
    """What `POST /v1/corrections` takes from players."""


class LimitSettings(Group):
    """How much one caller may ask for."""


class MetricsSettings(Group):
    """What `/metrics` says, and to whom."""

    callers: Literal["owner", "anyone"] = Field(
        "owner",
        description="Who may read `/metrics`: `owner`, or `anyone`, if only your own network reaches"
        " it.",
    )
    cache_seconds: float = Field(
        15,
        ge=0,
        le=3600,
        description="How long `/metrics` gives out what it read of the slot, the release and the"
        " queue before it reads them again.",
    )
    history_seconds: float = Field(
        3600,
        ge=60,
        le=86400,
        description="How often `/metrics` counts all corrections and reads the newest runs and"
        " versions, if no run and no release made it do so before.",
    )


class LogSettings(Group):
    """How the processes write their logs."""


class WebhookSettings(Group):
    """Where notifications are sent."""
