"""Worlds in which a player is to be forgotten, and what must not be found afterwards."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import h5py
import numpy as np
import pytest

from pipeline.corrections.players import hash_player
from pipeline.forgetting.requests import request_forgetting
from pipeline.gate import judge
from pipeline.records.corrections import OwnerAction, OwnerChoice
from pipeline.records.forgetting import Receipt
from pipeline.records.runs import Run, RunState
from tests.unit.retrain._gate import deciding
from tests.unit.retrain.test_decision import resend
from workers.execution import execute

PLAYER = "player-018"
"""Of the train split, with three corrections in the first run."""
BEFORE = "player-005"
"""Of the test split, with four."""


def gate(monkeypatch: pytest.MonkeyPatch, outcome: RunState = RunState.PROMOTED) -> None:
    """Let the gate always decide so."""
    monkeypatch.setattr(judge.decide, "decide", deciding(outcome, "why", expected_gain=0.006))


def retrain(world: Any, run_id: str) -> Run:
    world.ports.runs.request(Run(id=run_id, requested_at=datetime.now(UTC)))
    run = execute(run_id, world.ports, world.settings)
    assert run.state is RunState.PROMOTED, run.reason
    return run


def forget(world: Any, player: str = PLAYER) -> Run:
    run = request_forgetting(world.ports.runs, player, "ann")
    return execute(run.id, world.ports, world.settings)


def receipt_of(world: Any, run: Run) -> Receipt:
    stored = world.ports.artefacts.read(run.forgotten.receipt)
    return Receipt.model_validate_json(stored)


def names_of(world: Any, player: str = PLAYER) -> set[str]:
    """The ids of a player's corrections, by their documents."""
    documents = world.ports.corrections.documents
    return {name for name, fields in documents.items() if fields.get("userId") == player}


def canvases_of(world: Any, player: str = PLAYER) -> set[str]:
    """The paths of a player's canvases, by their documents."""
    documents = world.ports.corrections.documents
    return {documents[name]["imageStoragePath"] for name in names_of(world, player)}


def traces_of(world: Any, player: str, names: set[str], canvases: set[str]) -> list[str]:
    """Where a player, or a correction of theirs, is still named; receipts name corrections."""
    hashed = hash_player(player, world.settings.player_key.get_secret_value().encode())
    words = {player, hashed, *names}
    ports, found = world.ports, []
    for path, data in ports.artefacts.objects.items():
        spelled = _spell(path, data)
        hidden = {player, hashed} if path.startswith("receipts/") else words
        found += [f"{path}: {word}" for word in hidden if word in spelled]
    found += sorted(canvases & ports.artefacts.objects.keys())
    stored = {
        "corrections": ports.corrections.documents,
        "decisions": ports.corrections.decided,
        "training_runs": ports.runs.documents,
        "models": ports.models._models,
        "trials": ports.models.trials,
        "forget_requests": ports.runs.forget_requests,
    }
    for collection, documents in stored.items():
        for name, fields in documents.items():
            if name in words or any(word in repr(fields) for word in {player, hashed}):
                found.append(f"{collection}/{name}")
    with h5py.File(world.settings.dataset_file) as file:
        group = file["corrections"]
        present = {*group["ids"].asstr()[:], *group["players"].asstr()[:]}
    return [*found, *sorted(present & words)]


def _spell(path: str, data: bytes) -> str:
    if path.endswith(".npz"):
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            parts = [arrays[name] for name in arrays.files]
            texts = [
                part.tobytes().decode(errors="replace") if part.dtype == np.uint8 else part.tolist()
                for part in parts
                if part.dtype.kind in "US" or (part.dtype == np.uint8 and part.ndim == 1)
            ]
            return repr(texts)
    return data.decode(errors="replace")


def send_again(world: Any) -> None:
    """One new answer of another player, so that the next run has something to learn."""
    resend(world)


def refuse_one(world: Any, name: str) -> None:
    """The owner has decided about a correction."""
    fields = world.ports.corrections.documents[name]
    fields["status"] = "quarantined"
    fields["retraining"] = {"state": "quarantined", "reason": "no_class", "runId": "run-0"}
    choice = OwnerChoice(action=OwnerAction.REFUSE)
    world.ports.corrections.decide(name, choice, "ann")


def model_of(world: Any, version: str) -> bytes:
    path = f"models/production/{version}/quickdraw_{version}.h5"
    data: bytes = world.ports.artefacts.objects[path]
    return data


def head_of(world: Any, version: str) -> bytes:
    data: bytes = world.ports.artefacts.objects[f"models/production/{version}/head.bin"]
    return data


def rows_of(world: Any) -> list[Any]:
    """All appended rows of the data set, with what is known about each."""
    with h5py.File(world.settings.dataset_file) as file:
        group = file["corrections"]
        columns = [
            group[name].asstr()[:].tolist() for name in ("ids", "players", "splits", "digests")
        ]
        columns += [group[name][:].tolist() for name in ("rows", "guesses", "asked")]
        images = [
            file[f"X_{split}"][row].tobytes()
            for split, row in zip(columns[2], columns[4], strict=True)
        ]
        labels = [
            int(file[f"y_{split}"][row]) for split, row in zip(columns[2], columns[4], strict=True)
        ]
    return [*zip(*columns, images, labels, strict=True)]


def pages_of(world: Any) -> list[Any]:
    """What a run has noted and not deleted yet."""
    objects = world.ports.artefacts.objects
    return [json.loads(data) for path, data in objects.items() if "/forget/" in path]
