"""Documents as JSON: timestamps and bytes in a form that gives the same values back."""

import base64
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
FOLDERS = sorted(
    (each for each in FOLDER.iterdir() if each.name.isdecimal()), key=lambda each: int(each.name)
)
"""What is kept of each form, the first one first."""


def dump_documents(documents: dict[str, dict[str, Any]]) -> str:
    """Return documents, by their paths, as text."""
    return json.dumps(_encode(documents), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def load_documents(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the documents that are kept in a folder, by their paths."""
    text = (folder / "documents.json").read_text(encoding="utf-8")
    documents: dict[str, dict[str, Any]] = json.loads(text, object_hook=_decode)
    return documents


def load_files(folder: Path) -> dict[str, bytes]:
    """Return the files that are kept in a folder, by their paths."""
    with zipfile.ZipFile(folder / "files.zip") as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def _encode(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"$time": value.astimezone(UTC).isoformat()}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {name: _encode(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_encode(part) for part in value]
    return value


def _decode(fields: dict[str, Any]) -> Any:
    if fields.keys() == {"$time"}:
        return datetime.fromisoformat(fields["$time"])
    if fields.keys() == {"$bytes"}:
        return base64.b64decode(fields["$bytes"])
    return fields
