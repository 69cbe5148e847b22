"""Tables of the command line fit 80 columns, and no word is cut off that a person has to type."""

from datetime import UTC, datetime

import pytest
from rich.table import Table

from pipeline.corrections.listing import ListedCorrection
from pipeline.records.corrections import OwnerAction, OwnerDecision
from pipeline.records.runs import Counts, Run, RunState, Trigger
from pipeline.records.versions import ModelMetrics, ModelVersion, VersionStatus
from service.cli.display import (
    console,
    corrections_table,
    models_table,
    print_table,
    result_table,
    runs_table,
)

NOW = datetime(2026, 11, 24, 16, 32, tzinfo=UTC)
RUN_IDS = [
    "run-20261124T163205-3f6853c6",
    "run-nightly-2026-11-24",
    "run-drift-v1.0.12-14-2",
    "run-9c3f0a41d2b7e8556f10",
]
RUNS = [
    Run(
        id=name,
        requested_at=NOW,
        state=state,
        trigger=trigger,
        version="v1.0.12",
        counts=Counts(collected=12_345),
    )
    for name in RUN_IDS
    for state in RunState
    for trigger in Trigger
]
MODELS = [
    ModelVersion(
        version="v1.0.12",
        created_at=NOW,
        storage_path="",
        active=True,
        status=status,
        parent="v1.0.11",
        metrics=ModelMetrics(
            accuracy=1, loss=0, training_samples=1, corrections=12_345, players_accuracy=1
        ),
    )
    for status in VersionStatus
]
CORRECTIONS = [
    ListedCorrection(
        id="3fPq0sVbD2x73fPq0sVb",
        corrected_label="smiley_face",
        original_prediction="smiley_face",
        reason=reason,
        decision=OwnerDecision(
            correction_id="c",
            action=OwnerAction.RELABEL,
            label="smiley_face",
            by="ada",
            at=NOW,
            held_for="no_class",
        ),
    )
    for reason in ("contradicted_label", "malformed_document", "player_record")
]
TABLES = {
    "runs": runs_table(RUNS),
    "models": models_table(MODELS),
    "corrections": corrections_table(CORRECTIONS),
    "result": result_table(
        RUNS[0].model_copy(
            update={
                "counts": Counts(
                    merged=1, reasons={"contradicted_label": 1_000, "unreadable_image": 20}
                ),
                "reason": "the data set models/production/quickdraw_20cat.h5 is damaged",
            }
        )
    ),
}


def printed(table: Table, width: int, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(console, "_width", width)
    with console.capture() as captured:
        print_table(table)
    return captured.get()


def words_of(table: Table) -> set[str]:
    return {
        word
        for column in table.columns
        for cell in (column.header, *column.cells)
        for word in str(cell).split()
    }


@pytest.mark.parametrize("name", TABLES)
def test_in_80_columns_a_table_fits_and_every_word_is_whole(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    text = printed(TABLES[name], 80, monkeypatch)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
    assert words_of(TABLES[name]) <= set(text.replace("│", " ").split())


@pytest.mark.parametrize("name", ["runs", "models", "corrections"])
@pytest.mark.parametrize("width", [30, 60, 200])
def test_no_word_is_cut_on_any_terminal(
    monkeypatch: pytest.MonkeyPatch, name: str, width: int
) -> None:
    text = printed(TABLES[name], width, monkeypatch)
    assert "…" not in text
    assert words_of(TABLES[name]) <= set(text.split())


def test_a_player_s_endless_id_is_broken_and_its_reason_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    endless = CORRECTIONS[0].model_copy(update={"id": "x" * 300})
    text = printed(corrections_table([endless]), 80, monkeypatch)
    assert text.count("x") == 300
    assert "contradicted_label" in text
    assert max(map(len, text.splitlines())) <= 80


def test_no_runs_are_a_table_without_lines() -> None:
    assert runs_table([]).row_count == 0
