"""The ports to a project as it is: any document and any object, whatever is in them.

A backup reads them and a restore writes them. Everything else uses the typed ports.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pipeline.records.backups import KeptObject, RawDocument, RawObject


class RawDocuments(Protocol):
    """All documents of a project's Firestore."""

    def find_moment(self) -> datetime:
        """Return the present moment by Firestore's clock; `read` can read it for an hour."""

    def read(self, collection: str, at: datetime | None = None) -> Iterator[RawDocument]:
        """Yield the documents of a collection at the root, and of all collections below them.

        They come in Firestore's order of names, page by page, so that memory stays bounded.

        Args:
            collection: its id.
            at: a moment that `find_moment` has returned; None: each page as it is now.

        Raises:
            MomentPassed: the moment can no longer be read.
        """

    def create(self, documents: Sequence[RawDocument]) -> None:
        """Write new documents; those that exist already with equal fields are left as they are.

        Raises:
            DocumentDiffers: one exists with other fields; what came before it may be written.
        """

    def replace(self, documents: Sequence[RawDocument]) -> None:
        """Write documents, whatever there is."""


class RawObjects(Protocol):
    """All objects of a project's bucket."""

    def list(self, prefix: str) -> Iterator[RawObject]:
        """Yield the objects whose path begins with `prefix`, in order of path, page by page."""

    def read_to_file(self, path: str, generation: int, target: Path) -> None:
        """Write the bytes of an object to a file, as they are stored: gzip is not unpacked.

        Raises:
            ObjectMissing: there is no such object, or it has been replaced.
        """

    def create(self, kept: KeptObject, source: Path) -> None:
        """Write a new object with the bytes of a file, and the fields that `kept` has.

        Raises:
            ObjectExists: there is an object under that path.
        """

    def replace(self, kept: KeptObject, source: Path) -> None:
        """Write an object, whatever there is."""


@dataclass(frozen=True)
class RawProject:
    """A project as it is: its documents, its objects, and the names of the project and bucket."""

    documents: RawDocuments
    objects: RawObjects
    project: str
    bucket: str
