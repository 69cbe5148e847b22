"""A correction whose canvas is not there yet waits for it, for a time that the server counts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.corrections.collect import dump_harvest, load_harvest
from pipeline.corrections.settlement import assign_verdicts, count_verdicts
from pipeline.records.corrections import CorrectionState

HOUR = timedelta(hours=1)
NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def game(game: Any) -> Any:
    """The server's clock stands still; every document is an hour old."""
    game.corrections.clock = lambda: NOW
    return game


def waiting(harvest: Any) -> list[str]:
    return [
        name
        for name, verdict in harvest.unusable.items()
        if verdict.state is CorrectionState.PENDING and verdict.reason == "missing_image"
    ]


def refused(harvest: Any) -> dict[str, str]:
    return {
        name: verdict.reason
        for name, verdict in harvest.unusable.items()
        if verdict.state is CorrectionState.REFUSED
    }


def write(game: Any, name: str, png: bytes | None, age: timedelta = HOUR, **changes: Any) -> None:
    game.send(name, png, **changes)
    game.corrections.created[name] = NOW - age


def test_a_young_correction_without_its_canvas_waits(game: Any) -> None:
    write(game, "a", game.canvases[0])
    write(game, "b", None)
    harvest = game.collect()
    assert harvest.ids.tolist() == ["a"]
    assert waiting(harvest) == ["b"]
    assert refused(harvest) == {}


@pytest.mark.parametrize(
    ("age", "waits"), [(24 * HOUR - timedelta(seconds=1), True), (24 * HOUR, False)]
)
def test_it_waits_for_the_grace_time_and_is_then_refused(
    game: Any, age: timedelta, *, waits: bool
) -> None:
    write(game, "a", None, age)
    harvest = game.collect()
    assert waiting(harvest) == (["a"] if waits else [])
    assert refused(harvest) == ({} if waits else {"a": "missing_image"})


def test_without_a_grace_time_it_is_refused_at_once(game: Any) -> None:
    game.settings = game.settings.with_changes(canvas_grace_hours=0)
    write(game, "a", None, timedelta(0))
    assert refused(game.collect()) == {"a": "missing_image"}


@pytest.mark.parametrize("claimed", [datetime(1999, 1, 1, tzinfo=UTC), NOW + 999 * HOUR])
def test_the_time_that_a_client_claims_decides_nothing(game: Any, claimed: datetime) -> None:
    write(game, "young", None, HOUR, timestamp=claimed)
    write(game, "old", None, 25 * HOUR, timestamp=claimed)
    harvest = game.collect()
    assert waiting(harvest) == ["young"]
    assert list(refused(harvest)) == ["old"]


def test_when_its_canvas_has_come_the_next_run_takes_it(game: Any) -> None:
    write(game, "a", None)
    game.collect()
    game.artefacts.objects["drawings/corrections/a.png"] = game.canvases[0]
    harvest = game.collect()
    assert (harvest.ids.tolist(), waiting(harvest)) == (["a"], [])


def test_a_canvas_that_is_there_and_bad_is_refused_at_once(game: Any) -> None:
    write(game, "a", b"no PNG")
    assert game.collect().unusable["a"].reason == "unreadable_image"


def test_what_waits_stays_pending_with_that_reason_and_is_counted(game: Any) -> None:
    write(game, "a", None)
    write(game, "b", b"no PNG")
    harvest = game.collect()
    verdicts = assign_verdicts(harvest, {}, {})
    counts = count_verdicts(verdicts)
    assert {name: verdict.state for name, verdict in verdicts.items()} == {
        "a": CorrectionState.PENDING,
        "b": CorrectionState.REFUSED,
    }
    assert (counts.collected, counts.waiting, counts.refused) == (2, 1, 1)


def test_a_repeated_run_decides_as_it_did_before(game: Any) -> None:
    """The grace time is judged when the document is read, and stored with it."""
    write(game, "a", None)
    first = game.collect()
    game.runs -= 1
    game.corrections.clock = lambda: NOW + 99 * HOUR
    assert waiting(game.collect()) == waiting(first) == ["a"]


def test_what_waits_comes_back_from_storage(game: Any) -> None:
    write(game, "a", None)
    harvest = game.collect()
    assert waiting(load_harvest(dump_harvest(harvest))) == ["a"]
