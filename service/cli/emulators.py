"""`redraw emulators` and `redraw emulators seed`: Firebase on this machine, with corrections."""

import contextlib
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

from emulator.players.canvases import player_corrections
from emulator.players.corrections_folder import read_corrections
from emulator.players.seed import seed_corrections
from emulator.players.sketches import PLAYERS_HASTE, sketch_rows
from emulator.servers import Emulators, serve
from pipeline.corrections.game_schema import read_schema
from pipeline.dataset.raw_drawings import find_raw
from pipeline.errors import InvalidRawDrawings, RedrawError
from pipeline.files import PRIVATE_UMASK
from pipeline.settings_reading import load_settings
from service.cli.display import progress_bar
from service.cli.running import FIREBASE, load_settings_beside_running
from service.cli.stack import running_official

FIRST_VERSION = "v1.0.0"
SKETCHES = 40  # of each class, if there are no real drawings


def serve_emulators(
    data_dir: Path | None, firestore_port: int, storage_port: int, host: str, *, official: bool
) -> None:
    """Serve Firestore and Storage until Ctrl-C.

    Args:
        data_dir: the folder for documents and objects; None loses them at the end.
        firestore_port: the port of Firestore.
        storage_port: the port of Storage.
        host: the address to listen on.
        official: run Google's own Firestore emulator, which stores nothing.

    Raises:
        RedrawError: Google's emulator is not installed, a port is taken, or another process uses
            the folder.
    """

    def announce(running: Emulators) -> None:
        firestore = "Google's own emulator, which stores nothing" if official else "embedded"
        click.echo(f"Firestore: {firestore}; Storage: embedded")
        click.echo(
            "Paste these lines into the terminal of Google's clients and other redraw commands:"
        )
        for name, value in running.environment().items():
            click.echo(f"export {name}={value}")

    before = os.umask(PRIVATE_UMASK)  # SQLite creates files with no mode of ours
    with contextlib.ExitStack() as stack:
        stack.callback(os.umask, before)
        firestore_host = None
        indexes = Path(
            stack.enter_context(tempfile.NamedTemporaryFile("w", suffix=".indexes.json")).name
        )
        settings = load_settings()
        schema = read_schema(settings.game, settings.categories)
        indexes.write_text(json.dumps({"indexes": schema.list_indexes()}))
        if official:
            logs = data_dir or Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="redraw-official-"))
            )
            firestore_host = stack.enter_context(running_official(logs, firestore_port, host))
        serve(
            data_dir,
            firestore_port,
            storage_port,
            announce,
            indexes=indexes,
            host=host,
            firestore_host=firestore_host,
        )


def seed_emulators(corrections: Path | None, raw: Path | None, count: int, seed: int) -> int:
    """Send corrections to the emulators that the environment names; return how many were new.

    Args:
        corrections: the folder with corrections to send; by default they are generated.
        raw: the folder with drawings to generate them from; by default REDRAW_RAW_DIR, and if that
            is unset, synthetic sketches.
        count: how many to generate.
        seed: for the generator.

    Raises:
        RedrawError: the environment names no emulator. Generated corrections must never get into a
            real project.
    """
    settings = load_settings_beside_running()
    for name in FIREBASE:
        if not os.environ.get(name):
            raise RedrawError(
                f"{name} is not set: start `redraw emulators` and paste the lines that it prints, "
                "or start `redraw up`"
            )
    with progress_bar("players are drawing") as report_progress:
        if corrections is not None:
            sent = read_corrections(corrections)
        else:
            sent = player_corrections(
                _read_rows(raw or settings.raw_dir, seed, settings.categories),
                count,
                seed,
                FIRST_VERSION,
                categories=settings.categories,
            )
        return seed_corrections(
            sent,
            settings,
            lambda done: report_progress("players are drawing", done, 0 if corrections else count),
        )


def _read_rows(raw: Path | None, seed: int, categories: Sequence[str]) -> dict[str, np.ndarray]:
    if raw is None:
        return {name: sketch_rows(name, SKETCHES, seed, PLAYERS_HASTE) for name in categories}
    try:
        return {name: np.load(find_raw(raw, name), mmap_mode="r") for name in categories}
    except (OSError, ValueError) as error:
        raise InvalidRawDrawings(
            f"{raw} does not hold a valid .npy file for each class: {error}; "
            "redraw download --out FOLDER fetches them"
        ) from None
