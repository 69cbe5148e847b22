"""The story of a run on ports in memory: where it ends, what it leaves, and that any fault leads to the same end."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from pipeline import dataset
from pipeline.errors import Unavailable
from pipeline.model import backbone_digest, load_model
from pipeline.records import Run, RunState, VersionFile
from workers.execution import execute


class Interrupted:
    """A port whose n-th call in all does its work and then fails, or fails before: the network at its worst."""

    def __init__(self, port: Any, count: list[int], fatal: int, *, after: bool) -> None:
        self._port, self._count, self._fatal, self._after = port, count, fatal, after

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if not callable(method) or name in {"claim", "renew"}:
            return method

        def call(*args: Any, **kwargs: Any) -> Any:
            # Canvases and the ticks of the clock would fill the count; what matters is between the steps.
            if not (name == "read" and args[0].startswith("drawings/")) and not (
                name == "record" and set(args[1]) == {"progress"}
            ):
                self._count[0] += 1
            struck = self._count[0] == self._fatal
            if struck and not self._after:
                raise Unavailable("struck before")
            try:
                return method(*args, **kwargs)
            finally:
                if struck:
                    raise Unavailable("struck after")

        return call


def ended(world: Any) -> tuple[Any, ...]:
    """What must be the same, whatever happened on the way."""
    run = world.ports.runs.get("run-1")
    documents = world.ports.corrections.documents
    return (
        run.state,
        run.version,
        run.counts,
        dataset.describe(world.settings.dataset_file).digest,
        world.ports.artefacts.objects["runs/run-1/challenger.h5"],
        {name: (fields["status"], fields["retraining"]["reason"]) for name, fields in documents.items()},
        sorted(world.ports.artefacts.objects),
    )


def test_a_run_merges_each_correction_once_or_says_why_not(world: Any) -> None:
    world.request()
    run = execute("run-1", world.ports, world.settings)

    assert run.state in {RunState.PROMOTED, RunState.HELD, RunState.REJECTED}, run.reason
    documents = world.ports.corrections.documents
    assert {fields["status"] for fields in documents.values()} == {"merged", "refused"}
    reasons = Counter(fields["retraining"]["reason"] for fields in documents.values())
    assert reasons == {
        "merged": 35,
        "missing_image": 1,
        "unreadable_image": 1,
        "unknown_label": 1,
        "malformed_document": 1,
        "duplicate": 1,
    }
    ids = dataset.read_provenance(world.settings.dataset_file).ids.tolist()
    assert sorted(ids) == sorted(name for name, fields in documents.items() if fields["status"] == "merged")


def test_the_backbone_of_the_challenger_is_the_champions_byte_for_byte(world: Any) -> None:
    world.request()
    execute("run-1", world.ports, world.settings)
    objects = world.ports.artefacts.objects
    models = [objects["models/production/v1.0.0/quickdraw_v1.0.0.h5"], objects["runs/run-1/challenger.h5"]]
    champion, challenger = (load_model(data, VersionFile.of("", data).sha256) for data in models)
    assert backbone_digest(champion) == backbone_digest(challenger)
    assert not np.array_equal(champion.layers[-1].get_weights()[0], challenger.layers[-1].get_weights()[0])


@pytest.mark.parametrize(("fatal", "after"), [(n, n % 4 == 1) for n in range(3, 26, 2)])
def test_a_run_struck_at_any_call_and_repeated_ends_as_an_undisturbed_one(
    world: Any, undisturbed: tuple[Any, ...], fatal: int, after: bool
) -> None:
    world.request()
    count = [0]
    struck = type(world.ports)(
        **{
            name: Interrupted(getattr(world.ports, name), count, fatal, after=after)
            for name in ("corrections", "artefacts", "runs", "models")
        }
    )
    with pytest.raises(Unavailable):
        execute("run-1", struck, world.settings)

    execute("run-1", world.ports, world.settings)

    assert ended(world) == undisturbed


@pytest.fixture(scope="module")
def undisturbed(_first_version: Any, copy_ports: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, ...]:
    import shutil

    folder = tmp_path_factory.mktemp("undisturbed") / "data"
    shutil.copytree(_first_version.settings.data_dir, folder)
    settings = _first_version.settings.model_copy(update={"data_dir": folder, "fit_base_rows": 200})
    world = type(_first_version)(copy_ports(_first_version.ports), settings)
    world.request()
    execute("run-1", world.ports, world.settings)
    return ended(world)


def test_a_run_with_nothing_new_is_skipped(world: Any) -> None:
    world.ports.corrections.documents.clear()
    world.request()
    run = execute("run-1", world.ports, world.settings)
    assert run.state is RunState.SKIPPED
    assert "learned everything" in (run.reason or "")


def test_a_release_made_by_a_person_during_the_run_is_left_alone(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline import gate, retrain
    from pipeline.records import Decision

    def owner_releases(base: Any, players: Any, *, margin: float) -> Decision:
        del margin
        release = world.ports.models.release()
        world.ports.models._release = release.model_copy(update={"fence": release.fence + 1})
        return Decision(outcome=RunState.PROMOTED, reasons=["better"], base=base, players=players)

    monkeypatch.setattr(gate, "decide", owner_releases)
    assert retrain.gate.decide is owner_releases
    world.request()
    run = execute("run-1", world.ports, world.settings)
    assert (run.state, run.version) == (RunState.HELD, "v1.0.1")
    assert world.ports.models.release().version == "v1.0.0"


def test_a_failed_run_says_why_and_lets_the_next_one_in(world: Any) -> None:
    world.ports.models._release = None
    world.request()
    run = execute("run-1", world.ports, world.settings)
    assert (run.state, run.reason) == (
        RunState.FAILED,
        "nothing is released yet: make the first version with `redraw baseline`",
    )
    assert world.ports.runs.request(Run(id="run-2", requested_at=datetime.now(UTC))).state is RunState.REQUESTED
