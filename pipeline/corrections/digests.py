"""Compute the digest of a document: for a receipt, after which the document is gone."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any


def digest_document(fields: Mapping[str, Any], without: Iterable[str] = ()) -> str:
    """Return the sha256 of a document, in hex.

    It is that of its fields as JSON (sorted keys, no spaces; times as ISO 8601 in UTC, bytes as
    hexadecimal digits). The player's id is left out: a document may hold little else, and then the
    id could be guessed from the digest.

    Args:
        fields: of the document, as they are stored.
        without: names of fields to leave out; a dot leads into a map.
    """
    rest = deepcopy(dict(fields))
    for name in without:
        *path, last = name.split(".")
        place: Any = rest
        for part in path:
            place = place.get(part) if isinstance(place, dict) else None
        if isinstance(place, dict):
            place.pop(last, None)
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), default=_spell)
    return hashlib.sha256(text.encode()).hexdigest()


def _spell(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, bytes):
        return value.hex()
    # A reference to another document has a path; a place on the map has two numbers.
    return str(getattr(value, "path", None) or vars(value))
