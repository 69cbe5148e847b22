"""`redraw emulators` and `redraw emulators seed`: Firebase on this machine, and something in it to work with."""

import contextlib
import os
import tempfile
from pathlib import Path

import click
import numpy as np

from emulator.players.canvases import player_corrections
from emulator.players.corrections_folder import read_corrections
from emulator.players.seed import seed_corrections
from emulator.players.sketches import PLAYERS_HASTE, sketch_rows
from emulator.servers import Emulators, serve
from pipeline.categories import CATEGORIES
from pipeline.errors import InvalidRawDrawings, RedrawError
from pipeline.settings import load_settings
from service.cli.display import progress_bar
from service.cli.stack import running_official

FIRST_VERSION = "v1.0.0"
SKETCHES = 40  # of each class, when there are no real drawings


def serve_emulators(
    data_dir: Path | None, firestore_port: int, storage_port: int, host: str, *, official: bool
) -> None:
    """Serves Firestore and Storage until Ctrl-C, keeping all in `data_dir` (None: nothing is kept).

    With `official`, Firestore is Google's own emulator, which keeps nothing. Raises RedrawError when that is not installed, a
    port is taken, or the folder in use.
    """

    def announce(running: Emulators) -> None:
        firestore = "Google's own emulator, which keeps nothing" if official else "embedded"
        click.echo(f"Firestore: {firestore}; Storage: embedded")
        click.echo("Point Google's clients, and the other redraw commands, here:")
        for name, value in running.environment().items():
            click.echo(f"export {name}={value}")

    with contextlib.ExitStack() as stack:
        firestore_host = None
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
            host=host,
            firestore_host=firestore_host,
        )


def seed_emulators(corrections: Path | None, raw: Path | None, count: int, seed: int) -> int:
    """Sends players' corrections to the emulators that the environment names, and returns how many were new.

    From the folder `corrections`, or made on the spot from drawings in `raw`, REDRAW_RAW_DIR, or else from sketches. Raises
    RedrawError when no emulator is named: a real project is never filled with made-up players.
    """
    for name in ("FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST"):
        if not os.environ.get(name):
            raise RedrawError(
                f"{name} is not set: start `redraw emulators` and paste the lines that it prints"
            )
    settings = load_settings()
    with progress_bar("players are drawing") as told:
        if corrections is not None:
            sent = read_corrections(corrections)
        else:
            sent = player_corrections(
                _rows(raw or settings.raw_dir, seed), count, seed, FIRST_VERSION
            )
        return seed_corrections(
            sent,
            settings,
            lambda done: told("players are drawing", done, 0 if corrections else count),
        )


def _rows(raw: Path | None, seed: int) -> dict[str, np.ndarray]:
    if raw is None:
        return {name: sketch_rows(name, SKETCHES, seed, PLAYERS_HASTE) for name in CATEGORIES}
    try:
        return {name: np.load(raw / f"{name}.npy", mmap_mode="r") for name in CATEGORIES}
    except (OSError, ValueError) as fault:
        raise InvalidRawDrawings(
            f"{raw} does not hold a good .npy file for each class: {fault}"
        ) from None
