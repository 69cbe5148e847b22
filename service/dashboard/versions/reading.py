"""Read the files of a version that its pages show: each compared with the digest on record."""

from typing import NamedTuple

from pydantic import ValidationError

from pipeline.errors import InvalidModel, ObjectMissing, ObjectTooLarge
from pipeline.records.cards import CARD_JSON, Card
from pipeline.records.lineage import Lineage
from pipeline.records.versions import ModelVersion, VersionFile, VersionStatus
from pipeline.storage_paths import VERSION_FILE, lineage_path
from pipeline.versions.guesses import GUESSES, Guesses, load_guesses
from service.http.problems import ProblemError
from service.wiring import Wiring

LINEAGE = lineage_path("").rpartition("/")[2]


class KnownGuesses(NamedTuple):
    """The guesses of a version; or a sentence that says why they are not known."""

    guesses: Guesses | None
    why: str | None = None


def read_file(wiring: Wiring, version: ModelVersion, name: str) -> bytes | None:
    """Return a file of a version; None if it has none of this name, or lost it.

    Raises:
        InvalidModel: it is damaged.
        Unavailable: Storage does not answer.
    """
    path = VERSION_FILE.fill(version=version.version, name=name)
    listed = next((file for file in version.files if file.path == path), None)
    if listed is None:
        return None
    if version.status is VersionStatus.READY:
        try:
            return wiring.files.get(version.version, name).data
        except ProblemError as fault:
            raise InvalidModel(fault.detail) from fault
    # The files of a withdrawn version are there until retention deletes them.
    try:
        data = wiring.ports.artefacts.read(path, max_bytes=listed.size)
    except ObjectMissing:
        return None
    except ObjectTooLarge as fault:
        raise InvalidModel(str(fault)) from fault
    if VersionFile.of(path, data) != listed:
        raise InvalidModel(f"{path} in Storage is not what was published")
    return data


def read_card(wiring: Wiring, version: ModelVersion) -> Card | None:
    """Return the card of a version; None if it has none, or one of another Redraw."""
    data = read_file(wiring, version, CARD_JSON)
    try:
        return None if data is None else Card.model_validate_json(data)
    except ValidationError:
        return None


def read_lineage(wiring: Wiring, version: ModelVersion) -> Lineage | None:
    """Return how a version came about; None if it does not say, or another Redraw wrote it."""
    data = read_file(wiring, version, LINEAGE)
    try:
        return None if data is None else Lineage.model_validate_json(data)
    except ValidationError:
        return None


def read_guesses(wiring: Wiring, version: ModelVersion) -> KnownGuesses:
    """Return what a version guesses on clean drawings, or why that is not known.

    Raises:
        Unavailable: Storage does not answer.
    """
    name = version.version
    if version.status is VersionStatus.FOREIGN:
        return KnownGuesses(None, f"{name} was published by the game itself, not by Redraw.")
    if version.status is VersionStatus.PUBLISHING:
        return KnownGuesses(None, f"{name} is still being published.")
    if not any(file.path.endswith(f"/{GUESSES}") for file in version.files):
        why = f"{name} was published without its guesses, by an older Redraw."
        return KnownGuesses(None, why)
    try:
        data = read_file(wiring, version, GUESSES)
        if data is None:
            return KnownGuesses(None, f"The files of {name} were deleted.")
        return KnownGuesses(load_guesses(data, name))
    except InvalidModel as fault:
        return KnownGuesses(None, f"What {name} guesses cannot be read: {fault}.")
