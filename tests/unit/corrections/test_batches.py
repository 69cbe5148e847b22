"""Pending corrections are read once, and each is in one batch, whatever happens meanwhile."""

import itertools
import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from emulator.players.canvases import canvas_png
from emulator.players.sketches import sketch_rows
from pipeline.bootstrap import in_memory
from pipeline.corrections.batches import Batch, Plan, plan_batches, read_plan
from pipeline.corrections.gathering import gather, read_harvest
from pipeline.errors import InvalidDataset, ObjectMissing, Unavailable
from pipeline.settings import Settings
from pipeline.storage_paths import BATCH, PLAN

CANVAS = canvas_png(sketch_rows("cat", 1, 0)[0].reshape(28, 28), np.random.default_rng(0))


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None, collect_batch=3)


@pytest.fixture
def ports() -> Any:
    ports: Any = in_memory()
    ports.corrections.documents = {f"c{number}": document(number) for number in range(8)}
    return ports


def document(number: int = 0, **changes: Any) -> dict[str, Any]:
    fields = {
        "correctedLabel": "cat",
        "imageStoragePath": f"drawings/corrections/d{number}.png",
        "userId": "ada@example.org",
        "timestamp": datetime(2026, 1, 1, tzinfo=UTC),
        "status": "pending",
    }
    return fields | changes


def make_plan(ports: Any, settings: Settings) -> Plan:
    return plan_batches("run", ports.corrections, ports.artefacts, settings)


def read_ids(ports: Any, plan: Plan) -> list[str]:
    batches = [
        Batch.load(ports.artefacts.read(BATCH.fill(run_id="run", number=number)))
        for number in range(len(plan.sizes))
    ]
    return list(
        itertools.chain.from_iterable(
            [*(correction.id for correction in batch.corrections), *batch.refused]
            for batch in batches
        )
    )


def test_without_a_plan_there_is_none(ports: Any) -> None:
    with pytest.raises(ObjectMissing):
        read_plan("run", ports.artefacts)


def test_a_reader_that_dies_at_any_document_is_continued_without_a_gap_or_a_repetition(
    settings: Settings,
) -> None:
    for fatal in range(8):
        ports: Any = in_memory()
        ports.corrections.documents = {f"c{number}": document(number) for number in range(8)}
        pending = ports.corrections.pending

        def dying(behind: str | None = None, fatal: int = fatal, pending: Any = pending) -> Any:
            for number, next_document in enumerate(pending(behind)):
                if number == fatal:
                    raise Unavailable("the network")
                yield next_document

        ports.corrections.pending = dying
        with pytest.raises(Unavailable):
            make_plan(ports, settings)
        del ports.corrections.pending
        ports.corrections.documents["b"] = document(9)  # its id is lower than all that were read
        plan = make_plan(ports, settings)
        expected = [f"c{number}" for number in range(8)]
        assert read_ids(ports, plan) == (["b", *expected] if fatal < 3 else expected)


def test_of_two_readers_at_once_both_come_to_the_same_plan(ports: Any, settings: Settings) -> None:
    create, plans = ports.artefacts.create, []

    def overtaken(path: str, data: bytes, content_type: str = "") -> Any:
        if not plans:
            plans.append(None)
            ports.corrections.documents["c00"] = document(9)  # the other reader reads it
            plans[0] = make_plan(ports, settings)
        return create(path, data, content_type)

    ports.artefacts.create = overtaken
    assert make_plan(ports, settings) == plans[0]
    assert read_ids(ports, plans[0]) == sorted([*(f"c{number}" for number in range(8)), "c00"])


@pytest.mark.parametrize("overtaken_at", [0, 1, 2])
def test_a_reader_overtaken_by_one_that_dies_goes_on_behind_it(
    ports: Any, settings: Settings, overtaken_at: int
) -> None:
    create, stored = ports.artefacts.create, []

    def overtaken(path: str, data: bytes, content_type: str = "") -> Any:
        stored.append(path)
        if len(stored) == overtaken_at + 1:
            batch = Batch.load(data)
            first = batch.corrections[0]
            create(
                path,
                batch.model_copy(update={"last": first.id, "corrections": [first]}).dump(),
                content_type,
            )
        return create(path, data, content_type)

    ports.artefacts.create = overtaken
    assert read_ids(ports, make_plan(ports, settings)) == [f"c{number}" for number in range(8)]


def test_what_comes_in_after_the_plan_waits_for_the_next_run(
    ports: Any, settings: Settings
) -> None:
    plan = make_plan(ports, settings)
    ports.corrections.documents["z"] = document(9)
    assert make_plan(ports, settings) == plan
    assert "z" not in read_ids(ports, plan)


def test_a_changed_batch_size_changes_no_batch_that_is_there(
    ports: Any, settings: Settings
) -> None:
    assert make_plan(ports, settings).sizes == [3, 3, 2]
    assert make_plan(ports, settings.model_copy(update={"collect_batch": 2})).sizes == [3, 3, 2]


def test_a_document_changed_after_it_was_read_is_taken_as_it_was_read(
    ports: Any, settings: Settings
) -> None:
    """A repetition of the run must take the same label, so a later one is ignored."""
    make_plan(ports, settings)
    ports.artefacts.objects["drawings/corrections/d0.png"] = CANVAS
    ports.corrections.documents["c0"]["correctedLabel"] = "sun"
    gather("run", ports, settings)
    assert read_harvest("run", ports.artefacts).labels.tolist() == [5]  # cat


def test_a_document_deleted_after_it_was_read_is_still_collected(
    ports: Any, settings: Settings
) -> None:
    make_plan(ports, settings)
    ports.artefacts.objects["drawings/corrections/d0.png"] = CANVAS
    del ports.corrections.documents["c0"]
    gather("run", ports, settings)
    assert read_harvest("run", ports.artefacts).ids.tolist() == ["c0"]


def test_a_canvas_deleted_after_the_plan_is_missing(ports: Any, settings: Settings) -> None:
    ports.artefacts.objects["drawings/corrections/d0.png"] = CANVAS
    make_plan(ports, settings)
    del ports.artefacts.objects["drawings/corrections/d0.png"]
    gather("run", ports, settings)
    assert read_harvest("run", ports.artefacts).unusable["c0"].reason == "missing_image"


def test_old_documents_are_adopted_before_anything_is_read(ports: Any, settings: Settings) -> None:
    del ports.corrections.documents["c4"]["status"]
    assert "c4" in read_ids(ports, make_plan(ports, settings))


def test_nothing_pending_is_a_plan_of_nothing(settings: Settings) -> None:
    ports = in_memory()
    assert plan_batches("run", ports.corrections, ports.artefacts, settings).sizes == []


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"sizes": "x"}', b"\xff"])
def test_a_damaged_plan_is_reported(ports: Any, settings: Settings, data: bytes) -> None:
    ports.artefacts.objects[PLAN.fill(run_id="run")] = data
    with pytest.raises(InvalidDataset, match="request another run"):
        make_plan(ports, settings)


def test_no_player_is_named_in_what_a_run_stores(ports: Any, settings: Settings) -> None:
    make_plan(ports, settings)
    assert not any(b"ada" in data for data in ports.artefacts.objects.values())


def test_what_was_read_is_small_whatever_was_sent(settings: Settings) -> None:
    ports: Any = in_memory()
    huge = {
        "modelVersion": "v" * 10**6,
        "drawingId": "d" * 10**6,
        "originalPrediction": "x" * 10**6,
        "more": ["y" * 10**6],
    }
    ports.corrections.documents = {f"c{number}": document(number, **huge) for number in range(3)}
    make_plan(ports, settings)
    assert len(ports.artefacts.objects[BATCH.fill(run_id="run", number=0)]) < 2000


def test_a_stored_batch_has_these_names(ports: Any, settings: Settings) -> None:
    ports.corrections.documents["c1"]["strokes"] = [{"x": [0, 100], "y": [0, 50]}]
    make_plan(ports, settings)
    batch = json.loads(ports.artefacts.objects[BATCH.fill(run_id="run", number=0)])
    assert list(batch) == ["last", "found", "refused"]
    assert list(batch["found"][1]) == [
        "id",
        "player",
        "label",
        "path",
        "guess",
        "confidence",
        "version",
        "asked",
        "chance",
        "sentAt",
        "contradicted",
        "drawn",
        "mayWait",
    ]
    assert [correction["drawn"] is None for correction in batch["found"]] == [True, False, True]
