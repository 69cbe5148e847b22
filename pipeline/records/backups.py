"""What a backup consists of: documents and objects as they are, and the manifest that names them.

A document's fields have the JSON form of Firestore's REST API, in which every value names its type:
`{"integerValue": "5"}`. A reference into the project's own database is relative: `documents/...`.
"""

import json
import re
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import Field

from pipeline.records.base import Record

_NUMBER = re.compile(r"__id(-?\d+)__")

FORMAT = 1
"""The number of the format of backups that this Redraw writes; it reads no higher one."""


class RawDocument(NamedTuple):
    """A document of Firestore: `path` below the root, and `fields` in the REST API's JSON form."""

    path: str
    fields: dict[str, Any]

    @property
    def order(self) -> list[tuple[bool, int, str]]:
        """The key by which Firestore sorts documents: by the parts of the path.

        Ids that are numbers, as an import from Datastore makes them, come before all texts.
        """
        numbers = map(_NUMBER.fullmatch, parts := self.path.split("/"))
        return [
            (True, 0, part) if number is None else (False, int(number[1]), "")
            for part, number in zip(parts, numbers, strict=True)
        ]


class RawObject(NamedTuple):
    """An object of Storage, without its bytes.

    created: when this generation was written. checksum: CRC-32C of the bytes, in base64, as Storage
    computes it. fields: what its writer has set, such as `contentType` and `metadata`, by the names
    of the JSON API.
    """

    path: str
    size: int
    generation: int
    created: datetime
    checksum: str
    fields: dict[str, Any]


class KeptObject(NamedTuple):
    """An object in a backup: its bytes are in the pool, under their sha256."""

    path: str
    size: int
    sha256: str
    checksum: str
    generation: int
    fields: dict[str, Any]


class Part(Record):
    """A part of the list of documents, or of objects: compressed lines of JSON in the pool.

    name: the collection or folder. count: lines. size: bytes in the pool. sha256: of these bytes.
    """

    name: str
    count: int
    size: int
    sha256: str


class Counts(Record):
    """How many documents and objects there are, and the bytes of the objects."""

    documents: int = 0
    objects: int = 0
    size: int = 0


class BackupManifest(Record):
    """The list of a backup, written last: a backup without it is none.

    read_time: the moment at which the documents were read. digest: over all documents and objects,
    see `pipeline.backup.digests`. missing: files that versions name and the project did not have.
    """

    format: int = FORMAT
    id: str
    project: str
    bucket: str
    started_at: datetime
    read_time: datetime
    finished_at: datetime
    collections: list[str]
    folders: list[str]
    documents: list[Part] = Field(default=[])
    objects: list[Part] = Field(default=[])
    counts: Counts
    digest: str
    missing: list[str] = Field(default=[])


def dump_line(fields: object) -> bytes:
    """Return fields as a line of JSON, sorted by name: equal fields, equal bytes."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode() + b"\n"
