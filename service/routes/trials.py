"""Look at trials of versions, start one, and stop it."""

from typing import Annotated

from fastapi import Query

from pipeline.records.trials import Trial, TrialState
from pipeline.records.versions import Release
from pipeline.trial.plans import change_rules
from pipeline.trial.starting import start_trial
from pipeline.trial.stopping import stop_trial
from service.access.roles import Owner
from service.contract.routers import make_router
from service.http.problems import (
    INVALID_REQUEST,
    NOT_FOUND,
    NOT_OWNER,
    TOO_LARGE,
    TRIAL_UNDER_WAY,
    UNAUTHENTICATED,
    UNAVAILABLE,
    UNREADABLE,
    VERSION_NOT_READY,
    problem_responses,
)
from service.schemas.base import Version
from service.schemas.lists import AfterPlace, Limit
from service.schemas.trials import TrialAnswer, TrialList, TrialRequest
from service.wiring import Wired, Wiring

router = make_router(tags=["trials"])


@router.get(
    "/v1/trials",
    summary="List trials",
    response_description="The trials, the newest first.",
    responses=problem_responses(UNAUTHENTICATED, NOT_OWNER, INVALID_REQUEST, UNAVAILABLE),
)
def list_trials(
    wiring: Wired,
    _owner: Owner,
    state: Annotated[TrialState | None, Query(description="Only trials in this state.")] = None,
    after: AfterPlace = None,
    limit: Limit = 50,
) -> TrialList:
    """Return trials and watches with what each run has seen. At most one of them is `open`."""
    page = wiring.ports.trials.page(after, limit, state=state)
    return TrialList(trials=page.records, next=page.next_after, unreadable=page.unreadable)


@router.get(
    "/v1/trials/{version}",
    summary="Look at the newest trial of a version",
    response_description="The trial.",
    responses=problem_responses(
        UNAUTHENTICATED, NOT_OWNER, NOT_FOUND, UNREADABLE, INVALID_REQUEST, UNAVAILABLE
    ),
)
def get_trial(wiring: Wired, _owner: Owner, version: Version) -> Trial:
    """Return the newest trial of a version: what it is compared with, its looks, and its end."""
    return wiring.ports.trials.newest(version)


@router.post(
    "/v1/trials/{version}/stop",
    summary="Stop a trial",
    response_description="The trial and the release as they are now.",
    responses=problem_responses(
        UNAUTHENTICATED, NOT_OWNER, NOT_FOUND, UNREADABLE, INVALID_REQUEST, UNAVAILABLE
    ),
)
def stop_version_trial(wiring: Wired, owner: Owner, version: Version) -> TrialAnswer:
    """Stop the open trial, or watch, that carries this version. The released version stays.

    Repeating it changes nothing.
    """
    trial, release = stop_trial(version, wiring.ports, owner)
    return _answer(wiring, trial, release)


@router.post(
    "/v1/models/{version}/trial",
    summary="Try a version on players",
    response_description="The trial and the release as they are now.",
    responses=problem_responses(
        UNAUTHENTICATED,
        NOT_OWNER,
        NOT_FOUND,
        UNREADABLE,
        VERSION_NOT_READY,
        TRIAL_UNDER_WAY,
        TOO_LARGE,
        INVALID_REQUEST,
        UNAVAILABLE,
    ),
)
def start_version_trial(
    wiring: Wired, owner: Owner, version: Version, body: TrialRequest | None = None
) -> TrialAnswer:
    """Put a ready version on trial beside the released one.

    Repeating it changes nothing. Runs judge it by the answers that come from now on.
    """
    given = {} if body is None else body.model_dump(exclude_none=True)
    trial, release = start_trial(
        version, wiring.ports, change_rules(wiring.settings, **given), owner
    )
    return _answer(wiring, trial, release)


def _answer(wiring: Wiring, trial: Trial | None, release: Release | None) -> TrialAnswer:
    if release is not None:
        wiring.release.note(release)
    return TrialAnswer(trial=trial, release=release)
