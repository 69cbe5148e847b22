"""Request and response bodies. Runs, models and the release are sent as the pipeline's records."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.alias_generators import to_camel

from pipeline.corrections.decisions import OWNER_REFUSED
from pipeline.corrections.listing import ListedCorrection
from pipeline.corrections.statuses import OWNER_DECIDES
from pipeline.records.corrections import OwnerChoice
from pipeline.records.learning import LearnedCorrection, MergedAs
from pipeline.records.reading import Unreadable
from pipeline.records.runs import NewRecipe, Run
from pipeline.records.trials import Trial
from pipeline.records.versions import VERSION_PATTERN, ModelVersion, Release
from pipeline.versions.periods import ReleasePeriod

Version = Annotated[str, Field(pattern=f"^{VERSION_PATTERN}$", examples=["v1.0.1"])]
RunId = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", examples=["run-9c3f0a41d2b7e8556f10"])
]


class Body(BaseModel):
    """A JSON object in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class RetrainRequest(Body):
    """The optional body of a request for a retrain."""

    model_config = ConfigDict(extra="forbid", strict=True)

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


class PromoteRequest(Body):
    """The optional body of a request to release a version, or to go back to the one before."""

    # Strict: to Python `true` is the number 1.
    model_config = ConfigDict(extra="forbid", strict=True)

    replacing: int | None = Field(
        None,
        ge=0,
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


class WithdrawRequest(Body):
    """The optional body of a request to withdraw a version."""

    model_config = ConfigDict(extra="forbid", strict=True)

    why: str | None = Field(
        None,
        min_length=1,
        max_length=500,
        description="The reason, in a line, which the version keeps.",
        examples=["it took cats for dogs"],
    )


class TrialRequest(Body):
    """The optional body of a request to try a version; what is left out is as the settings say."""

    model_config = ConfigDict(extra="forbid")

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


class TrialList(Body):
    """Trials and watches, the newest first."""

    trials: list[Trial]
    unreadable: list[Unreadable] = Field(
        description="Documents that cannot be read, and are left out of the list."
    )


class TrialAnswer(Body):
    """A trial and the release, as they are after a request."""

    trial: Trial | None = Field(description="The trial; null where its document cannot be read.")
    release: Release | None = Field(description="The release; null where nothing is released.")


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


class CorrectionList(Body):
    """Some corrections, in order of id."""

    corrections: list[ListedCorrection]
    next: str | None = Field(
        None, description="Send it as `after` to get the next ones; null if there are no more."
    )


class CorrectionDetail(ListedCorrection):
    """A correction, and the versions that it took part in."""

    merged: MergedAs | None = Field(
        None, description="Null if the data set does not hold it (any more)."
    )


class LearnedList(Body):
    """Some corrections of a version, in order of merging."""

    corrections: list[LearnedCorrection]
    next: str | None = Field(
        None, description="Send it as `after` to get the next ones; null if there are no more."
    )


class RunList(Body):
    """Runs, the newest first."""

    runs: list[Run]
    unreadable: list[Unreadable] = Field(
        description="Documents that cannot be read, and are left out of the list."
    )


class ModelList(Body):
    """Some versions, the highest number first."""

    models: list[ModelVersion]
    next: str | None = Field(
        None, description="Send it as `after` to get the next ones; null if there are no more."
    )
    unreadable: list[Unreadable] = Field(
        description=(
            "Documents that cannot be read, and are left out of the list, or of which a "
            "description cannot be read. Those whose id is no version number come with the first "
            "versions."
        )
    )


class ReleaseList(Body):
    """Which version was live when, the newest first."""

    releases: list[ReleasePeriod]
    next: str | None = Field(
        None, description="Send it as `after` to get the older ones; null if there are no more."
    )
    unreadable: list[Unreadable] = Field(
        description="Entries of the history that cannot be read, and are left out of the list."
    )


class ListedKey(Body):
    """A public key that checks signatures of manifests, by Ed25519."""

    key_id: str = Field(
        description="The first 16 hex digits of the sha256 of the key's 32 bytes.",
        examples=["56475aa75463474c"],
    )
    public_key: str = Field(description="Its 32 raw bytes in base64.")


class KeyList(Body):
    """The public keys that a service trusts; none: versions need no signature."""

    keys: list[ListedKey]


class Alive(Body):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(Body):
    """All services that this one needs answer."""

    status: Literal["ready"] = "ready"
    problems: list[str] | None = Field(
        None, description="What an owner should put right, though the service answers."
    )


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
    errors: list[InvalidField] | None = Field(
        None, description="Every invalid field of the request."
    )
