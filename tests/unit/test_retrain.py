"""The story of a run on ports in memory: where it ends, what it leaves, and that any fault leads to the same end."""

import io
import itertools
import json
import math
import shutil
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipeline.categories import CATEGORIES
from pipeline.corrections import collect
from pipeline.dataset import hdf5
from pipeline.errors import Unavailable
from pipeline.fit import champion, feature_cache
from pipeline.gate import judge
from pipeline.gate.inputs import GateInputs
from pipeline.model.file import read_predictor
from pipeline.records.runs import Decision, Run, RunState
from pipeline.runs import log
from pipeline.screening import screen
from pipeline.screening.label_check import LabelChecks
from workers.execution import execute


class Watched:
    """All ports of a world; `strike(n, work)` stands for the n-th call in all and decides what becomes of it."""

    def __init__(self, ports: Any, strike: Callable[[int, Callable[[], Any]], Any]) -> None:
        self.calls: list[str] = []
        self._lock, self._strike = threading.Lock(), strike
        self.ports = type(ports)(
            **{name: _Port(self, getattr(ports, name)) for name in vars(ports)}
        )

    def call(self, name: str, work: Callable[[], Any]) -> Any:
        with self._lock:  # canvases are read by several threads
            self.calls.append(name)
            number = len(self.calls)
        return self._strike(number, work)


class _Port:
    def __init__(self, watched: Watched, port: Any) -> None:
        self._watched, self._port = watched, port

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if name in {"claim", "renew", "prove"}:
            return method

        def call(*args: Any, **options: Any) -> Any:
            told = " ".join([name, *(arg for arg in args if isinstance(arg, str))])
            return self._watched.call(told, lambda: method(*args, **options))

        return call


def ended(world: Any) -> tuple[Any, ...]:
    """What must be the same, whatever happened on the way."""
    run = world.ports.runs.get("run-1")
    documents = world.ports.corrections.documents
    return (
        run.state,
        run.version,
        run.counts,
        hdf5.describe(world.settings.dataset_file).digest,
        world.ports.artefacts.objects["runs/run-1/challenger.h5"],
        {
            name: (fields["status"], fields["retraining"]["reason"])
            for name, fields in documents.items()
        },
        sorted(world.ports.artefacts.objects),
    )


def test_a_run_merges_each_correction_once_or_says_why_not(world: Any) -> None:
    world.request()
    run = execute("run-1", world.ports, world.settings)

    assert run.state in {RunState.PROMOTED, RunState.HELD, RunState.REJECTED}, run.reason
    documents = world.ports.corrections.documents
    assert {fields["status"] for fields in documents.values()} <= {
        "merged",
        "quarantined",
        "refused",
    }
    reasons = Counter(fields["retraining"]["reason"] for fields in documents.values())
    assert reasons["merged"] > 0
    # So small a referee quarantines a few honest ones; how many is a matter of rounding.
    quarantined = ("contradicted_label", "no_class", "player_record")
    usable = reasons.pop("merged") + sum(reasons.pop(reason, 0) for reason in quarantined)
    assert usable == 35
    assert reasons == {
        "missing_image": 1,
        "unreadable_image": 1,
        "unknown_label": 1,
        "malformed_document": 1,
        "duplicate": 1,
    }
    ids = hdf5.read_provenance(world.settings.dataset_file).ids.tolist()
    assert sorted(ids) == sorted(
        name for name, fields in documents.items() if fields["status"] == "merged"
    )


def test_the_backbone_of_the_challenger_is_the_champions_byte_for_byte(world: Any) -> None:
    world.request()
    execute("run-1", world.ports, world.settings)
    objects = world.ports.artefacts.objects
    models = [
        objects["models/production/v1.0.0/quickdraw_v1.0.0.h5"],
        objects["runs/run-1/challenger.h5"],
    ]
    champion, challenger = (read_predictor(data) for data in models)
    assert champion.backbone_digest == challenger.backbone_digest
    assert not np.array_equal(champion.head.weights, challenger.head.weights)


def deciding(outcome: RunState, *reasons: str) -> Callable[..., Decision]:
    """A gate of one mind."""

    def decide(_: Any, __: Any, figures: Any) -> Decision:
        return Decision(
            outcome=outcome, reasons=list(reasons), base=figures.clean, players=figures.players
        )

    return decide


def test_when_to_ask_is_calibrated_for_the_challenger_and_not_for_its_parent(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge.decide, "decide", deciding(RunState.PROMOTED))
    world.request()
    run = execute("run-1", world.ports, world.settings)
    assert run.state is RunState.PROMOTED, run.reason
    read = world.ports.artefacts.objects
    parent, child = (
        json.loads(read[f"models/production/{name}/asking.json"])
        for name in ("v1.0.0", run.version)
    )
    assert (child["version"], child["budget"], child["rows"]) == (
        run.version,
        world.settings.ask_budget,
        parent["rows"],
    )
    assert child["thresholds"] != parent["thresholds"]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, remembered: dict[Any, Any]) -> None:
    """What is slow and pure is computed once for all runs of this file. No progress is written: calls are always the same."""

    def remember(where: Any, name: str, key: Callable[..., Any]) -> None:
        compute = getattr(where, name)

        def once(*args: Any, **options: Any) -> Any:
            at = (name, key(*args, **options))
            if at not in remembered:
                remembered[at] = compute(*args, **options)
            return remembered[at]

        monkeypatch.setattr(where, name, once)

    remember(collect, "normalize_canvas", lambda png: png)
    remember(
        feature_cache,
        "compute_features",
        lambda model, images, *_: (model.backbone_digest, images.tobytes()),
    )
    remember(
        champion.challenger,
        "fit_challenger",
        lambda cache, path, *_, **__: hdf5.describe(path).digest,
    )
    remember(
        screen,
        "check_labels",
        lambda images, labels, players, *_: (images.tobytes(), labels.tobytes(), tuple(players)),
    )
    monkeypatch.setattr(log, "SECONDS_BETWEEN_WRITES", math.inf)


@pytest.fixture(scope="module")
def remembered() -> dict[Any, Any]:
    return {}


@pytest.fixture
def fresh_world(
    _first_version: Any, copy_ports: Any, tmp_path: Path, quick: None
) -> Callable[[], Any]:
    """A world with a requested run, as often as one is needed."""
    numbers = itertools.count()

    def make() -> Any:
        folder = tmp_path / f"data-{next(numbers)}"
        shutil.copytree(_first_version.settings.data_dir, folder)
        settings = _first_version.settings.with_changes(data_dir=folder, fit={"base_rows": 200})
        world = type(_first_version)(copy_ports(_first_version.ports), settings)
        world.request()
        return world

    return make


def points_of(world: Any) -> dict[int, str]:
    """The calls of an undisturbed run by their number; of the many alike that read a canvas, the second and the last."""
    watched = Watched(world.ports, lambda _, work: work())
    execute("run-1", watched.ports, world.settings)
    points = dict(enumerate(watched.calls, start=1))
    canvases = [number for number, name in points.items() if "drawings/corrections/" in name]
    return {
        number: name
        for number, name in points.items()
        if number not in {canvases[0], *canvases[2:-1]}
    }


# Failing at every call takes minutes. The default suite fails at every fourth, others in each test.
every_fourth_call = pytest.mark.parametrize(
    "step",
    [
        pytest.param(4, id="every fourth call"),
        pytest.param(1, id="every call", marks=pytest.mark.slow),
    ],
)


@every_fourth_call
@pytest.mark.parametrize("after", [False, True], ids=["before its work", "after its work"])
def test_a_run_struck_at_any_call_and_repeated_ends_as_an_undisturbed_one(
    fresh_world: Callable[[], Any], after: bool, step: int
) -> None:
    undisturbed = fresh_world()
    points = points_of(undisturbed)
    assert len(points) > 30
    for fatal, name in list(points.items())[int(after) % step :: step]:
        world = fresh_world()

        def strike(number: int, work: Callable[[], Any], fatal: int = fatal) -> Any:
            if number == fatal and not after:
                raise Unavailable("the request was lost")
            try:
                return work()
            finally:
                if number == fatal:
                    raise Unavailable("the answer was lost")

        with pytest.raises(Unavailable):
            execute("run-1", Watched(world.ports, strike).ports, world.settings)
        if not world.ports.runs.get("run-1").state.ended:
            assert world.ports.runs.abandoned() is not None, (
                f"nobody can take over after call {fatal}, {name}"
            )
            execute("run-1", world.ports, world.settings)

        assert ended(world) == ended(undisturbed), f"struck at call {fatal}, {name}"


@every_fourth_call
def test_whoever_was_taken_for_dead_at_any_call_changes_neither_run_nor_release_and_its_successor_ends_well(
    fresh_world: Callable[[], Any], step: int
) -> None:
    undisturbed = fresh_world()
    for fatal, name in list(points_of(undisturbed).items())[2 % step :: step]:
        world = fresh_world()
        taken: list[Any] = []

        def what_counts(world: Any = world) -> Any:
            return world.ports.runs.get("run-1"), world.ports.models.release()

        def strike(
            number: int,
            work: Callable[[], Any],
            world: Any = world,
            fatal: int = fatal,
            taken: Any = taken,
        ) -> Any:
            try:
                return work()
            finally:
                if number == fatal and not world.ports.runs.get("run-1").state.ended:
                    world.ports.runs._expires = 0.0  # it slept for longer than its lease
                    world.ports.runs.claim("run-1", "successor", 60)
                    taken.append(what_counts(world))

        execute("run-1", Watched(world.ports, strike).ports, world.settings)
        if taken:
            assert [what_counts()] == taken, f"taken over at call {fatal}, {name}"
            world.ports.runs._expires = 0.0
            execute("run-1", world.ports, world.settings)
        assert ended(world) == ended(undisturbed), f"taken over at call {fatal}, {name}"


def test_the_same_corrections_give_the_same_challenger_to_the_byte(
    world: Any, copy_ports: Any, tmp_path: Path
) -> None:
    other = type(world)(
        copy_ports(world.ports),
        world.settings.model_copy(update={"data_dir": tmp_path / "elsewhere"}),
    )
    for each in (world, other):
        each.request()
        execute("run-1", each.ports, each.settings)
    assert ended(world) == ended(other)


def test_a_correction_that_cannot_be_used_says_which_run_refused_it(
    world: Any, quick: None
) -> None:
    world.request()
    execute("run-1", world.ports, world.settings)
    refused = [
        each["retraining"]
        for each in world.ports.corrections.documents.values()
        if each["status"] == "refused"
    ]
    assert {(each["runId"], each["state"], each["revision"]) for each in refused} == {
        ("run-1", "refused", None)
    }
    assert all(each["explanation"] for each in refused)


def test_a_copy_of_a_drawing_that_was_merged_before_is_refused_as_a_duplicate(
    world: Any, quick: None
) -> None:
    world.request()
    execute("run-1", world.ports, world.settings)
    documents = world.ports.corrections.documents
    merged = next(fields for fields in documents.values() if fields["status"] == "merged")
    documents["again"] = {**merged, "status": "pending"}
    world.request("run-2")
    execute("run-2", world.ports, world.settings)
    assert world.ports.corrections.documents["again"]["retraining"]["reason"] == "duplicate"
    assert hdf5.describe(world.settings.dataset_file).revision == 1


def test_a_run_on_an_empty_machine_fetches_the_data_set_and_ends_the_same(
    fresh_world: Callable[[], Any],
) -> None:
    local, empty = fresh_world(), fresh_world()
    shutil.rmtree(empty.settings.data_dir)
    for world in (local, empty):
        execute("run-1", world.ports, world.settings)
    assert ended(empty) == ended(local)


def test_what_the_gate_does_not_promote_is_not_published_and_its_corrections_are_moved_on(
    world: Any, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge.decide, "decide", deciding(RunState.REJECTED, "worse", "much"))
    world.request()
    run = execute("run-1", world.ports, world.settings)
    assert (run.state, run.reason, run.version) == (RunState.REJECTED, "worse; much", None)
    assert [model.version for model in world.ports.models.list()] == ["v1.0.0"]
    assert world.ports.corrections.count_pending() == 0


def test_a_backbone_that_moved_is_never_published(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def careless(data: bytes) -> Any:
        model = read_predictor(data)
        return model._replace(bias_1=np.nextafter(model.bias_1, np.float32(9)))

    monkeypatch.setattr(champion, "read_predictor", careless)
    world.request()
    run = execute("run-1", world.ports, world.settings)
    assert run.state is RunState.FAILED
    assert "convolution weight changed" in (run.reason or "")
    assert world.ports.models.release().version == "v1.0.0"


def test_a_damaged_champion_is_never_loaded(world: Any) -> None:
    world.ports.artefacts.objects["models/production/v1.0.0/quickdraw_v1.0.0.h5"] += b"\0"
    world.request()
    run = execute("run-1", world.ports, world.settings)
    assert run.state is RunState.FAILED
    assert "damaged or foreign" in (run.reason or "")


def test_a_run_with_nothing_new_is_skipped(world: Any, quick: None) -> None:
    world.ports.corrections.documents.clear()
    world.request()
    run = execute("run-1", world.ports, world.settings)
    assert run.state is RunState.SKIPPED
    assert "learned everything" in (run.reason or "")


def test_a_release_made_by_a_person_during_the_run_is_left_alone(
    world: Any, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def owner_releases(*given: Any) -> Decision:
        release = world.ports.models.release()
        world.ports.models._release = release.model_copy(update={"fence": release.fence + 1})
        return deciding(RunState.PROMOTED, "better")(*given)

    monkeypatch.setattr(judge.decide, "decide", owner_releases)
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
    assert (
        world.ports.runs.request(Run(id="run-2", requested_at=datetime.now(UTC))).state
        is RunState.REQUESTED
    )


def test_the_gate_sees_every_kind_of_drawing_that_there_is(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[GateInputs] = []
    decide = judge.decide.decide
    monkeypatch.setattr(
        judge.decide, "decide", lambda *given: seen.append(given[0]) or decide(*given)
    )
    world.request()
    execute("run-1", world.ports, world.settings)
    known, (found,) = hdf5.read_provenance(world.settings.dataset_file), seen
    counts = Counter(known.splits.tolist())
    assert found.clean.rows == hdf5.read_base_counts(world.settings.dataset_file)["test"]
    assert (found.held_out.rows, found.cross_fitted.rows, found.confirmations.rows) == (
        counts["test"],
        counts["train"],
        counts["control"],
    )
    assert sorted(found.cross_fitted.players) == sorted(known.players[known.splits == "train"])
    assert found.golden.champion_right.all()
    assert found.since_baseline is None  # the champion is the first itself


def test_a_later_challenger_is_compared_with_the_first_version_too(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge.decide, "decide", deciding(RunState.PROMOTED))
    world.request()
    execute("run-1", world.ports, world.settings)
    resend(world)
    seen: list[GateInputs] = []
    monkeypatch.setattr(
        judge.decide,
        "decide",
        lambda *given: seen.append(given[0]) or deciding(RunState.PROMOTED, "better")(*given),
    )
    world.request("run-2")
    run = execute("run-2", world.ports, world.settings)
    assert (run.champion, run.version) == ("v1.0.1", "v1.0.2"), run.reason
    assert seen[0].since_baseline is not None
    assert not np.array_equal(seen[0].since_baseline.champion, seen[0].clean.champion)
    assert np.array_equal(seen[0].since_baseline.challenger, seen[0].clean.challenger)


def resend(world: Any) -> None:
    """One merged drawing once more, turned, so that it is another."""
    merged = next(
        fields
        for fields in world.ports.corrections.documents.values()
        if fields["status"] == "merged"
    )
    path = merged["imageStoragePath"]
    with Image.open(io.BytesIO(world.ports.artefacts.objects[path])) as canvas:
        turned = io.BytesIO()
        canvas.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(turned, "PNG")
    world.ports.artefacts.objects["drawings/corrections/turned.png"] = turned.getvalue()
    fields = {name: value for name, value in merged.items() if name != "retraining"}
    again = {
        "status": "pending",
        "drawingId": "turned",
        "imageStoragePath": "drawings/corrections/turned.png",
    }
    world.ports.corrections.documents["turned"] = fields | again


@pytest.mark.parametrize("outcome", [RunState.REJECTED, RunState.HELD])
def test_what_the_last_run_came_to_is_not_computed_again_from_the_same_data(
    world: Any, quick: None, monkeypatch: pytest.MonkeyPatch, outcome: RunState
) -> None:
    monkeypatch.setattr(judge.decide, "decide", deciding(outcome, "so be it"))
    world.request()
    execute("run-1", world.ports, world.settings)
    world.request("run-2")
    run = execute("run-2", world.ports, world.settings)
    assert (run.state, run.reason) == (
        RunState.SKIPPED,
        f"nothing to learn since run run-1, which was {outcome}: the same drawings, champion and settings",
    )


def test_a_version_that_the_owner_took_back_is_not_made_once_more(
    world: Any, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge.decide, "decide", deciding(RunState.PROMOTED, "better"))
    world.request()
    execute("run-1", world.ports, world.settings)
    world.ports.models.promote("v1.0.0")
    world.request("run-2")
    run = execute("run-2", world.ports, world.settings)
    assert run.state is RunState.SKIPPED
    assert {model.version for model in world.ports.models.list()} == {"v1.0.0", "v1.0.1"}


def test_other_rules_of_the_gate_are_something_new(
    world: Any, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge.decide, "decide", deciding(RunState.HELD, "so be it"))
    world.request()
    execute("run-1", world.ports, world.settings)
    world.request("run-2")
    run = execute("run-2", world.ports, world.settings.with_changes(gate={"margin": 0.05}))
    assert (run.state, run.reason) == (RunState.HELD, "so be it")


def test_a_challenger_that_learned_lies_is_not_promoted_though_screening_let_them_through(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing_against(images: Any, labels: Any, *_: Any) -> LabelChecks:
        none = np.zeros(len(images), bool)
        return LabelChecks(none.astype(np.float32), none, labels, none.astype(np.float32), none)

    for fields in world.ports.corrections.documents.values():
        if fields["correctedLabel"] in CATEGORIES:
            fields["correctedLabel"] = CATEGORIES[
                (CATEGORIES.index(fields["correctedLabel"]) + 1) % len(CATEGORIES)
            ]
    monkeypatch.setattr(screen, "check_labels", nothing_against)
    world.request()
    run = execute(
        "run-1", world.ports, world.settings.with_changes(fit={"correction_weight": 50.0})
    )
    assert run.counts.merged >= 30
    assert run.state in {RunState.REJECTED, RunState.HELD}, run.reason
    assert world.ports.models.release().version == "v1.0.0"
