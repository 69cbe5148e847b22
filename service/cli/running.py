"""The file by which other commands find what `redraw up` or `redraw demo` runs on this machine.

It lies in the data folder as long as they run. They hold a lock (flock) on it, which the system
releases when the process ends, however it ends: a file whose lock is free was left behind.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from pipeline.errors import RedrawError
from pipeline.settings import PREFIX, Settings
from pipeline.settings_reading import load_settings

FILE = "running.json"
FIREBASE = ("FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST")


@dataclass(frozen=True)
class Running:
    """What is running, and where it listens."""

    command: str
    pid: int
    started_at: str
    environment: dict[str, str]
    """The environment variables by which a process finds the others."""

    def __str__(self) -> str:
        return f"`redraw {self.command}` (process {self.pid}, since {self.started_at})"


def refuse_second(data_dir: Path) -> None:
    """Raise RedrawError if processes of another `redraw up` or `demo` use this folder."""
    running = find_running(data_dir)
    if running is not None:
        raise RedrawError(
            f"{running} uses the folder {data_dir}: stop it, or choose another with --data-dir"
        )


@contextmanager
def announced(command: str, data_dir: Path, environment: dict[str, str]) -> Iterator[None]:
    """Keep the file in `data_dir` until the block ends."""
    started_at = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
    running = Running(command, os.getpid(), started_at, environment)
    part, target = data_dir / f".{FILE}.{os.getpid()}", data_dir / FILE
    with part.open("w") as file:
        # Locked before it has its name: no process takes it for one that was left behind.
        fcntl.flock(file, fcntl.LOCK_EX)
        json.dump(asdict(running), file, indent=2)
        file.flush()
        part.replace(target)
        try:
            yield
        finally:
            target.unlink(missing_ok=True)


def find_running(data_dir: Path) -> Running | None:
    """Return what runs over a data folder; None if nothing does. A file left behind is named."""
    path = data_dir / FILE
    try:
        file = path.open()
    except OSError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _parse(file.read())
    click.echo(f"redraw: {path} is ignored: the process that wrote it has ended", err=True)
    return None


def load_settings_beside_running() -> Settings:
    """Return the settings of a command, and point it at what runs over its data folder.

    What the environment or `.env` says wins. A named project or emulator stands for all of
    Firebase: the two of one, and the rest of another, would not fit together.
    """
    settings = load_settings()
    if settings.environment == "production":
        return settings  # it trusts no emulator
    running = find_running(settings.data_dir)
    if running is None:
        return settings
    named = [name for name in (*FIREBASE, "GOOGLE_APPLICATION_CREDENTIALS") if name in os.environ]
    if named:
        click.echo(f"redraw: {running} is not used, as {named[0]} is set", err=True)
    else:
        click.echo(f"redraw: using {running}", err=True)
    os.environ.update(
        {
            name: value
            for name, value in running.environment.items()
            if (name not in FIREBASE or not named)
            and name.removeprefix(PREFIX).lower() not in settings.model_fields_set
        }
    )
    return load_settings()


def _parse(text: str) -> Running | None:
    try:
        fields: dict[str, Any] = json.loads(text)
        return Running(**fields)
    except (ValueError, TypeError):
        return None
