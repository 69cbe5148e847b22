"""What `redraw doctor` says about the game's documents, whatever they hold."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.adapters.memory_corrections import MemoryCorrections
from pipeline.corrections.survey import survey_corrections
from pipeline.settings import Settings

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def document(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "status": "pending",
        "correctedLabel": "cat",
        "userId": f"player-{number}",
        "timestamp": NOW,
        "imageStoragePath": f"drawings/corrections/d{number}.png",
        **changes,
    }


def survey(settings: Settings, *documents: dict[str, Any]) -> list[tuple[str, bool]]:
    source = MemoryCorrections({f"c{number:03d}": each for number, each in enumerate(documents)})
    return [(each.sentence, each.is_problem) for each in survey_corrections(source, settings)]


def test_sound_documents_are_counted_and_nothing_else_is_said(settings: Settings) -> None:
    sound = [document(number) for number in range(30)]
    assert survey(settings, *sound, document(30, status="merged")) == [
        ("31 documents: 30 pending, 1 merged in the collection corrections", False)
    ]


def test_an_empty_collection_asks_whether_it_is_the_right_one(settings: Settings) -> None:
    [(sentence, is_problem)] = survey(settings)
    assert "0 documents in the collection corrections" in sentence
    assert "REDRAW_GAME_COLLECTION" in sentence
    assert not is_problem


def test_foreign_statuses_are_a_problem_with_what_to_do(settings: Settings) -> None:
    _, (sentence, is_problem) = survey(settings, document(0, status="new"))
    assert "adopt --status new" in sentence
    assert is_problem


@pytest.mark.parametrize(("bad", "is_problem"), [(1, False), (2, True), (3, True)])
def test_what_would_be_refused_is_said_with_an_example(
    settings: Settings, bad: int, *, is_problem: bool
) -> None:
    documents = [document(n, correctedLabel="mug" if n < bad else "cat") for n in range(4)]
    _, finding = survey(settings, *documents)
    sentence = (
        f"{bad} of the first 4 pending corrections would be refused: {bad} as unknown_label, one"
        " because 'mug' is none of the classes that the model can learn"
    )
    assert finding == (sentence, is_problem)


def test_one_id_for_most_is_a_problem(settings: Settings) -> None:
    documents = [document(n, userId="guest" if n < 30 else f"p{n}") for n in range(40)]
    _, (sentence, is_problem) = survey(settings, *documents)
    assert sentence.startswith("75% of the first 40 pending corrections carry one userId")
    assert is_problem


def test_times_that_queries_do_not_find_are_said(settings: Settings) -> None:
    _, (sentence, is_problem) = survey(settings, document(0, timestamp="2026-01-01T00:00:00Z"))
    assert "neither age nor drift starts a run by them" in sentence
    assert not is_problem


@pytest.mark.parametrize("value", [None, 7, b"x", [[]], {"a": {}}, "x" * 10**5, float("nan")])
@pytest.mark.parametrize("name", ["correctedLabel", "userId", "timestamp", "imageStoragePath"])
def test_whatever_a_document_holds_it_is_surveyed_in_one_line(
    settings: Settings, name: str, value: Any
) -> None:
    for sentence, _ in survey(settings, document(0, **{name: value})):
        assert "\n" not in sentence
        assert len(sentence) < 500
