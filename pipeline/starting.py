"""Find all that is wrong with the configuration when a process starts, before it does anything.

What only the network can tell is left to `/readyz` and `redraw doctor`.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from enum import StrEnum
from urllib.parse import urlsplit

from pipeline.baseline_extra import require_tensorflow
from pipeline.corrections.game_schema import find_problems as find_game_problems
from pipeline.errors import InvalidSettings, TensorFlowMissing
from pipeline.files import create_folder
from pipeline.settings import Settings
from pipeline.settings_reading import read_settings

ONLY_EMULATED = "demo-"
"""How the names of projects begin that exist in emulators alone."""


class Role(StrEnum):
    """What a process does."""

    SERVICE = "service"
    WORKER = "worker"
    BEAT = "beat"


def settings_to_start(role: Role, **overrides: object) -> Settings:
    """Return the settings of a process that is about to start.

    Raises:
        InvalidSettings: with everything that has to be corrected first.
    """
    settings, problems = find_start_problems(role, **overrides)
    if problems:
        raise InvalidSettings(*problems)
    return settings


def find_start_problems(role: Role, **overrides: object) -> tuple[Settings, list[str]]:
    """Return the settings, and what is wrong; each problem says what to do.

    Invalid values are replaced by their defaults, so that all others are looked at too.
    """
    from pipeline.adapters.credentials import find_credentials_problem

    settings, problems = read_settings(**overrides)
    problems += find_game_problems(settings.game, settings.categories)
    problems += _find_emulator_problems()
    if settings.environment == "production" and settings.project_id.startswith(ONLY_EMULATED):
        problems.append(
            f"REDRAW_PROJECT_ID: {settings.project_id} exists in emulators alone: set it to your"
            " Firebase project"
        )
    # Beat only queues tasks.
    if role is not Role.BEAT and (problem := find_credentials_problem()) is not None:
        problems.append(problem)
    if role is Role.WORKER:
        problems += _find_worker_problems(settings)
    return settings, list(dict.fromkeys(problems))


def _find_emulator_problems() -> Iterator[str]:
    firestore = os.environ.get("FIRESTORE_EMULATOR_HOST")
    if firestore and not re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^/:\s]+):\d+", firestore):
        yield f"FIRESTORE_EMULATOR_HOST: {firestore!r} is not like 127.0.0.1:8080: correct it"
    storage = os.environ.get("STORAGE_EMULATOR_HOST")
    if storage and not urlsplit(storage).scheme.startswith("http"):
        yield f"STORAGE_EMULATOR_HOST: {storage!r} is not like http://127.0.0.1:9199: correct it"


def _find_worker_problems(settings: Settings) -> Iterator[str]:
    try:
        settings.require_signer()
    except InvalidSettings as error:
        yield str(error)
    try:
        if settings.fit.method == "keras":
            require_tensorflow("REDRAW_FIT_METHOD=keras")
        if settings.rebaseline.automatic:
            require_tensorflow("REDRAW_REBASELINE_AUTOMATIC=true")
    except TensorFlowMissing as error:
        yield str(error)
    try:
        create_folder(settings.data_dir)
        with tempfile.TemporaryFile(dir=settings.data_dir):
            pass
    except OSError as error:
        yield (
            f"REDRAW_DATA_DIR: {settings.data_dir} cannot be written to ({error.strerror}): name"
            " another folder, or give this user the right to write there"
        )
