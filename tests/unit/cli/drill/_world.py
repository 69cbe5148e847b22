"""A small project at rest in which nothing is wrong."""

from datetime import UTC, datetime, timedelta

from pipeline.dataset.origins import Merged
from pipeline.records.notifications import Event, Notification, NotificationKind
from pipeline.records.releases import ReleaseChange
from pipeline.records.runs import Run, RunKind, RunState
from pipeline.records.versions import ModelVersion, Release, VersionStatus
from service.cli.drill.observed import Observed
from service.cli.drill.players import Ledger

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def make_sound() -> Observed:
    """Three corrections of one player and a run that merged one; another player is forgotten."""
    runs = [
        Run(id="run-1", state=RunState.PROMOTED, version="v1.0.1", requested_at=NOW),
        Run(id="run-2", kind=RunKind.FORGET, state=RunState.FORGOTTEN, requested_at=NOW),
    ]
    return Observed(
        corrections={
            "c1": correction("merged", "merged"),
            "c2": correction("refused", "blank"),
            "c3": correction("pending", "missing_image"),
        },
        runs=runs,
        slot=None,
        versions=[version("v1.0.0", 0), version("v1.0.1", 1, active=True)],
        release=Release(
            version="v1.0.1", previous="v1.0.0", manifest_path="m", fence=2, updated_at=NOW
        ),
        history=[change(1, "v1.0.0", None), change(2, "v1.0.1", "v1.0.0")],
        objects={"models/production/v1.0.1/manifest.json", "drawings/corrections/d1.png"},
        notifications=[told(run) for run in runs],
        merged=[Merged("c1", "hash-of-pia", 1, "digest-1")],
        digests=["base", "first"],
        base_digest="base",
        local={"worker": ["base", "first"], "worker-2": ["base"]},
        file_faults={"v1.0.0": [], "v1.0.1": []},
        hashes={"gus": "hash-of-gus"},
        categories=("apple", "sun"),
        ledger=Ledger(
            sent={"c1": "pia", "c2": "pia", "c3": "pia", "c9": "gus"},
            forgotten={"run-2": "gus"},
            gone={"gus"},
        ),
    )


def correction(status: str, reason: str) -> dict[str, object]:
    return {
        "status": status,
        "correctedLabel": "sun",
        "userId": "pia",
        "retraining": {"state": status, "reason": reason},
    }


def version(number: str, minutes: int, *, active: bool = False) -> ModelVersion:
    return ModelVersion(
        version=number,
        created_at=NOW + timedelta(minutes=minutes),
        storage_path=f"models/production/{number}",
        status=VersionStatus.READY,
        active=active,
        run_id=f"run-of-{number}",
    )


def change(fence: int, number: str, previous: str | None) -> ReleaseChange:
    return ReleaseChange(
        fence=fence, version=number, previous=previous, at=NOW, by="owner", why="a test"
    )


def told(run: Run) -> Notification:
    event = Event(NotificationKind.RUN_ENDED, run.state, run.id, NOW, "It ended.", "/", run.id)
    return Notification.of(event, NOW)
