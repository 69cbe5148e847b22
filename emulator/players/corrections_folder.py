"""Read corrections from a folder that the owner of a game prepared."""

import errno
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from emulator.players.canvases import SentCorrection
from pipeline.errors import RedrawError

FORMAT_HELP = 'write one JSON object a line with the document\'s id under "id"'


def read_corrections(folder: Path) -> Iterator[SentCorrection]:
    """Read the corrections in `folder` one by one, in the order of the file.

    The folder has `corrections.jsonl`, one document a line, and `objects/<path>`, the canvases.
    Documents are passed on as they are, hostile ones too, with three differences: "id" is not among
    the fields, a "timestamp" in ISO 8601 becomes a datetime (UTC if it names no zone), and the
    default of "status" is "pending".

    No file outside `folder`/objects is ever read, whatever a document says. If it names such a
    path, `path` and `png` are None.

    Args:
        folder: has corrections.jsonl (UTF-8) and, if any canvas exists, objects/.

    Raises:
        RedrawError: at once if there is no corrections.jsonl; and when a line is reached that is
            not a document, with its number.
    """
    file = folder / "corrections.jsonl"
    if not file.is_file():
        raise RedrawError(
            f"there is no {file}: name a folder with corrections.jsonl and objects/ in it"
        )
    return _read_documents(file, folder / "objects")


def _read_documents(file: Path, objects: Path) -> Iterator[SentCorrection]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            fields = _parse_document(line, f"{file}, line {number}")
            key = fields.pop("id")
            fields.setdefault("status", "pending")
            if "timestamp" in fields:
                fields["timestamp"] = _parse_timestamp(fields["timestamp"])
            target = _resolve_inside(objects, fields.get("imageStoragePath"))
            path = None if target is None else str(fields["imageStoragePath"])
            yield SentCorrection(str(key), fields, path, _read_bytes(target))


def _parse_document(line: bytes, place: str) -> dict[str, object]:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RedrawError(f"{place} is not JSON ({error}): {FORMAT_HELP}") from error
    if not isinstance(document, dict):
        kind = type(document).__name__
        raise RedrawError(f"{place} is a JSON {kind}, not a document: {FORMAT_HELP}")
    key = document.get("id")
    if not isinstance(key, str) or not key or "/" in key:
        raise RedrawError(f"{place} has no usable id ({key!r:.40}): {FORMAT_HELP}")
    return document


def _parse_timestamp(value: object) -> object:
    """Convert ISO 8601 text to a datetime; return any other value as it is."""
    if not isinstance(value, str):
        return value
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return value
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _resolve_inside(objects: Path, path: object) -> Path | None:
    """Return the file for a Storage path, or None if it would not be inside `objects`.

    Symbolic links are followed before the check, so a link cannot lead outside.
    """
    if (
        not isinstance(path, str)
        or "\\" in path
        or any(part in {"", ".", ".."} for part in path.split("/"))
    ):
        return None
    try:
        target = (objects / path).resolve()
        return target if target.is_relative_to(objects.resolve()) else None
    except (OSError, ValueError, RuntimeError):  # a zero byte, a lone surrogate, a circle of links
        return None


def _read_bytes(target: Path | None) -> bytes | None:
    try:
        return target.read_bytes() if target is not None and target.is_file() else None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:  # no file can exist under this name
            return None
        raise RedrawError(
            f"{target} cannot be read ({error.strerror}): make it readable, or delete it"
        ) from error
