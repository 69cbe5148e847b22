"""firebase.json and the indexes have the form that the firebase CLI takes.

The schemas below are written from Firebase's documentation, for what these files use: a misspelt
name in them would be ignored when they are deployed. (firebase.json was also checked by hand with
the schema that firebase-tools 15.34 brings along.)
"""

import json
from typing import Any

import jsonschema
import pytest

from emulator.rules import RULES

FOLDER = RULES.parent
CONFIG = json.loads((FOLDER / "firebase.json").read_text())
INDEXES = json.loads((FOLDER / "firestore.indexes.json").read_text())


def closed(required: list[str], **properties: Any) -> dict[str, Any]:
    """A schema of an object that has these names and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


TEXT = {"type": "string", "minLength": 1}
EMULATOR = closed(["port"], host=TEXT, port={"type": "integer", "minimum": 1024, "maximum": 65535})
# https://firebase.google.com/docs/cli#the_firebasejson_file
CONFIG_SCHEMA = closed(
    ["firestore", "storage", "emulators"],
    firestore=closed(["rules", "indexes"], rules=TEXT, indexes=TEXT),
    storage=closed(["rules"], rules=TEXT),
    emulators=closed(
        [],
        auth=EMULATOR,
        firestore=EMULATOR,
        storage=EMULATOR,
        ui=closed(["enabled"], enabled={"type": "boolean"}),
    ),
)
# https://firebase.google.com/docs/reference/firestore/indexes
FIELD = {
    **closed(
        ["fieldPath"],
        fieldPath=TEXT,
        order={"enum": ["ASCENDING", "DESCENDING"]},
        arrayConfig={"const": "CONTAINS"},
    ),
    "oneOf": [{"required": ["order"]}, {"required": ["arrayConfig"]}],
}
INDEX_SCHEMA = closed(
    ["collectionGroup", "queryScope", "fields"],
    collectionGroup=TEXT,
    queryScope={"enum": ["COLLECTION", "COLLECTION_GROUP"]},
    # An index on one field exists by itself, and is refused here.
    fields={"type": "array", "items": FIELD, "minItems": 2, "maxItems": 100},
)
INDEXES_SCHEMA = closed(
    ["indexes", "fieldOverrides"],
    indexes={"type": "array", "items": INDEX_SCHEMA, "uniqueItems": True},
    fieldOverrides={"type": "array"},
)


def test_firebase_json_has_the_form_that_the_cli_takes() -> None:
    jsonschema.validate(CONFIG, CONFIG_SCHEMA)


def test_the_indexes_have_the_form_that_the_cli_takes() -> None:
    jsonschema.validate(INDEXES, INDEXES_SCHEMA)


def test_firebase_json_names_files_that_are_there() -> None:
    named = [CONFIG["firestore"]["rules"], CONFIG["firestore"]["indexes"]]
    for name in (*named, CONFIG["storage"]["rules"]):
        assert (FOLDER / name).is_file()


@pytest.mark.parametrize(
    ("document", "schema"),
    [
        (CONFIG | {"storage": {"rule": "storage.rules"}}, CONFIG_SCHEMA),
        (INDEXES | {"indexes": [INDEXES["indexes"][0] | {"queryscope": "x"}]}, INDEXES_SCHEMA),
    ],
)
def test_a_misspelt_name_would_be_found(document: Any, schema: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)
