"""The digest of a project's content: equal content has an equal digest, in any project.

It covers each document with its path and fields, and each object with its path, the sha256 of its
bytes and what its writer said about it; neither times of writing nor generations, which a restore
cannot keep.
"""

import hashlib
from pathlib import Path

from pipeline.records.backups import Counts, KeptObject, RawDocument, dump_line


class ContentDigest:
    """Adds documents and objects in their order, and knows their counts and digest.

    Documents are added by collections in order of their names, and within one in Firestore's
    order; objects in order of their paths.
    """

    def __init__(self) -> None:
        self._documents, self._objects = hashlib.sha256(), hashlib.sha256()
        self._counts = [0, 0, 0]

    def add_document(self, document: RawDocument) -> None:
        """Add a document."""
        self._documents.update(dump_line([document.path, document.fields]))
        self._counts[0] += 1

    def add_object(self, kept: KeptObject) -> None:
        """Add an object."""
        self._objects.update(dump_line([kept.path, kept.sha256, kept.size, kept.fields]))
        self._counts[1] += 1
        self._counts[2] += kept.size

    @property
    def counts(self) -> Counts:
        """What was added so far."""
        documents, objects, size = self._counts
        return Counts(documents=documents, objects=objects, size=size)

    def hexdigest(self) -> str:
        """Return the digest, as 64 hex digits."""
        both = self._documents.digest() + self._objects.digest()
        return hashlib.sha256(both).hexdigest()


def measure_file(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
