"""A project as the owner of a small game has it after some weeks, for pictures of its pages."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from emulator.players.bad_labels import add_label_noise
from emulator.players.canvases import SentCorrection, player_corrections
from emulator.players.seed import seed_corrections
from emulator.players.sketches import write_sketches
from emulator.values import Document, Message
from pipeline.categories import CATEGORIES
from pipeline.ports import Ports
from pipeline.records.corrections import CorrectionState, OwnerAction, OwnerChoice
from pipeline.runs.requests import request_run
from pipeline.settings import Settings
from service.cli.demo import choose_num_rows, make_guesser, read_held_back
from tests.browser._seeded import emulating
from workers.execution import execute

RECIPE: dict[str, Any] = {"epochs": 6, "batch_size": 64, "canvas_copies": 1000}
SAMPLES = 250  # of each class, for the first version
SKETCHED = 500  # of each class, where there are no real drawings
WEEKS, SENT, PLAYERS = 5, 400, 90
WRONG_SHARE = 0.03
SECONDS_BETWEEN = 1400
"""Between one correction and the next: a week has 400 of them, and some hours without any."""


def make_demo(folder: Path, raw: Path | None) -> None:
    """Make the project in an empty folder: a run a week, on what players sent in it.

    Args:
        folder: for the project.
        raw: drawings; None: sketches are made.
    """
    if raw is None:
        raw = folder / "sketches"
        write_sketches(raw, SKETCHED, 0)
    samples = min(SAMPLES, choose_num_rows(raw, CATEGORIES))
    recipe = {**RECIPE, "samples_per_class": samples}
    with emulating(folder, **recipe) as (_, settings, ports):
        from pipeline.baseline import make_baseline

        make_baseline(raw, ports, settings)
    for week in range(WEEKS):
        grow_older(folder, timedelta(days=7))
        with emulating(folder, **recipe) as (_, settings, ports):
            send(raw, samples, week, settings, ports)
            if week < WEEKS - 1:
                execute(request_run(ports.runs, "beat").id, ports, settings)
                decide_some(ports, week)
            if week == 2:
                roll_back(ports)


def send(raw: Path, samples: int, week: int, settings: Settings, ports: Ports) -> None:
    """Send what players drew in the last week."""
    release = ports.models.release()
    assert release is not None
    rows = read_held_back(raw, samples, week, CATEGORIES)
    guess = make_guesser(ports.models.get(release.version), ports.artefacts, CATEGORIES)
    sent = player_corrections(
        rows, SENT, week, release.version, players=PLAYERS, slanted=True, guess=guess
    )
    seed_corrections(at_present(add_label_noise(sent, WRONG_SHARE, week)), settings)


def at_present(sent: Iterator[SentCorrection]) -> Iterator[SentCorrection]:
    """Yield corrections as if they had been sent in the last week."""
    first = datetime.now(UTC) - timedelta(seconds=SENT * SECONDS_BETWEEN)
    for number, each in enumerate(sent):
        time = first + timedelta(seconds=number * SECONDS_BETWEEN)
        yield each._replace(fields={**each.fields, "timestamp": time})


def decide_some(ports: Ports, week: int) -> None:
    """Decide on a few quarantined corrections, as the owner."""
    actions = [OwnerAction.ACCEPT, OwnerAction.REFUSE, OwnerAction.ACCEPT]
    waiting = ports.corrections.find(CorrectionState.QUARANTINED, limit=8 + week)
    for number, each in enumerate(waiting):
        choice = OwnerChoice(action=actions[number % len(actions)])
        ports.corrections.decide(each.id, choice, "api-key")


def roll_back(ports: Ports) -> None:
    """Go back to the version before, and after a while to the newest again."""
    release = ports.models.release()
    assert release is not None
    if release.previous is not None:
        ports.models.promote(release.previous, by="api-key", why="it took cats for dogs")


def grow_older(folder: Path, by: timedelta) -> None:
    """Move all times in the documents of a project back; no emulator runs over it."""
    with closing(sqlite3.connect(folder / "firebase" / "firestore.sqlite")) as connection:
        rows = connection.execute("SELECT collection, id, data FROM documents").fetchall()
        older = []
        for collection, name, data in rows:
            document = Document.FromString(data)
            move_times(document.fields, round(by.total_seconds()))
            older.append((document.SerializeToString(), collection, name))
        with connection:
            connection.executemany(
                "UPDATE documents SET data = ? WHERE collection = ? AND id = ?", older
            )
            connection.execute("DELETE FROM entries")  # they are built again when needed
            connection.execute("DELETE FROM indexed")


def move_times(fields: Message, seconds: int) -> None:
    """Move the times in a map of values back."""
    for name in fields:
        value = fields[name]
        match value.WhichOneof("value_type"):
            case "timestamp_value":
                value.timestamp_value.seconds -= seconds
            case "map_value":
                move_times(value.map_value.fields, seconds)
            case "array_value":
                for each in value.array_value.values:
                    move_times(each.map_value.fields, seconds)
