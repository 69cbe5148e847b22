"""JSON of which equal content has equal bytes: for files that are made again and compared."""

import json


def dump_json(fields: object) -> bytes:
    """Return fields as JSON, sorted by name, indented by two spaces: equal fields, equal bytes."""
    # Sorted: Firestore returns maps in another order, and a repetition must write the same bytes.
    return json.dumps(fields, indent=2, ensure_ascii=False, sort_keys=True).encode()
