"""The forms of documents: an earlier one is read, a later one is refused, and none is mixed."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.adapters.memory_runs import MemoryRuns
from pipeline.errors import NewerDocument, UnreadableDocument
from pipeline.records.reading import read_page, read_record
from pipeline.records.runs import Run

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> type[Run]:
    """Records of runs in a later form, whose `reason` was called `why` in the first one."""

    def rename(fields: dict[str, Any]) -> dict[str, Any]:
        kept = {name: value for name, value in fields.items() if name != "why"}
        return kept | {"reason": fields.get("why")}

    monkeypatch.setattr(Run, "SCHEMA", 2)
    monkeypatch.setattr(Run, "UPGRADES", (rename,))
    return Run


def an_earlier_run(**more: Any) -> dict[str, Any]:
    return {"id": "run-1", "requestedAt": NOW, "why": "it is late", **more}


@pytest.mark.parametrize("number", [{}, {"schema": 1}])
def test_an_earlier_form_is_read_in_the_words_of_the_later_one(
    later: type[Run], number: dict[str, int]
) -> None:
    run = read_record(later, "training_runs/run-1", an_earlier_run(**number), "id")
    assert run.reason == "it is late"
    assert run.document()["schema"] == 2


def test_the_present_form_is_not_brought_up_to_date_again(later: type[Run]) -> None:
    fields = an_earlier_run(schema=2, reason="it is early")
    assert read_record(later, "training_runs/run-1", fields).reason == "it is early"


def test_a_change_of_an_earlier_form_writes_the_whole_document(later: type[Run]) -> None:
    runs = MemoryRuns()
    runs.documents["run-1"] = an_earlier_run()
    runs.request(later(id="run-1", requested_at=NOW))
    lease = runs.claim("run-1", "worker", 60)
    written = runs.documents["run-1"]
    assert (written["schema"], written["reason"], written["attempts"]) == (2, "it is late", 1)
    runs.record(lease, {"remarks": ["odd"]})
    assert runs.get("run-1").reason == "it is late"


def test_a_change_of_the_present_form_writes_what_changes_alone() -> None:
    run = read_record(Run, "training_runs/run-1", {"id": "run-1", "requestedAt": NOW})
    changed = run.model_copy(update={"reason": "late", "attempts": 2})
    assert changed.changes(["reason"]) == {"reason": "late"}


def test_a_record_of_an_earlier_form_stays_one_when_it_is_changed(later: type[Run]) -> None:
    run = read_record(later, "training_runs/run-1", an_earlier_run())
    assert run.model_copy(update={"attempts": 2}).changes(["attempts"])["schema"] == 2


@pytest.mark.parametrize("number", [0, -1, True, 1.0, "1", None, [1]])
def test_what_is_no_number_of_a_form_makes_a_document_unreadable(number: object) -> None:
    fields = {"id": "run-1", "requestedAt": NOW, "schema": number}
    with pytest.raises(UnreadableDocument, match="schema: it is no whole number above 0"):
        read_record(Run, "training_runs/run-1", fields)


def test_a_later_form_is_refused_in_one_line_that_says_what_to_do() -> None:
    fields = {"id": "run-1", "schema": 7}  # whatever else it has
    with pytest.raises(NewerDocument) as caught:
        read_record(Run, "training_runs/run-1", fields)
    assert str(caught.value) == (
        "training_runs/run-1 is left as it is (a newer Redraw wrote it: form 7, and this one knows "
        "form 1): upgrade this Redraw"
    )


def test_a_list_names_what_a_newer_redraw_wrote_and_shows_the_rest() -> None:
    known = {"id": "b", "requestedAt": NOW}
    page = read_page(
        [("a", {"schema": 7}), ("b", known)],
        lambda name, fields: read_record(Run, f"training_runs/{name}", fields),
    )
    assert [run.id for run in page.records] == ["b"]
    assert [(each.path, "newer" in each.problem) for each in page.unreadable] == [
        ("training_runs/a", True)
    ]
