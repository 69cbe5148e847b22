"""Restore a backup into a project: verify it, compare, write what is missing, and read it back.

Objects come first, and of them the marks that make others count last; then documents, the release
last of all. So no one sees a version, an edition of the data set, or a release, of which anything
is missing. Nothing is ever deleted. A restore that was interrupted is started again: what is there
and equal is left as it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from pipeline.backup.compare import (
    Comparison,
    Pair,
    Standing,
    compare_documents,
    compare_objects,
    read_back,
)
from pipeline.backup.digests import ContentDigest
from pipeline.backup.forgotten import Forgotten
from pipeline.backup.parts import read_documents, read_objects
from pipeline.backup.pool import fetch
from pipeline.backup.windowed import map_in_order
from pipeline.backup_errors import NotEmpty
from pipeline.errors import ObjectExists
from pipeline.files import private_folder
from pipeline.formatting import escape_unprintable
from pipeline.ports import ArtefactStore
from pipeline.ports.raw import RawProject
from pipeline.progress import OnProgress
from pipeline.records.backups import BackupManifest, KeptObject, RawDocument, RawObject
from pipeline.retrying import retry_unavailable
from pipeline.storage_paths import EDITION_MARK, classify_path

T = TypeVar("T")

BATCH = 300
"""Documents that are written at once."""


class Existing(StrEnum):
    """What is done with documents and objects that the project has and that are not as in a backup.

    Those that the backup does not have at all are never touched.
    """

    REFUSE = "refuse"
    KEEP = "keep"
    REPLACE = "replace"


@dataclass(frozen=True)
class Restoring:
    """A restore: what is restored, from where, into what, and by which rules.

    scratch: a folder with room for the largest objects.
    """

    manifest: BackupManifest
    target: ArtefactStore
    project: RawProject
    forgotten: Forgotten
    existing: Existing
    scratch: Path
    report_progress: OnProgress

    def plan(self) -> Comparison:
        """Return how the backup stands to the project; nothing is written."""
        comparison = Comparison()
        for collection in self.manifest.collections:
            for pair in self._pair_documents(collection):
                comparison.add("documents", pair.standing, _path(pair))
                self.report_progress("comparing", comparison.total, self._total)
        for folder in self.manifest.folders:
            for each in self._pair_objects(folder):
                if each.standing is Standing.EXTRA and _path(each) in self.forgotten.receipts:
                    continue  # a project that keeps the receipts of its forgettings is still empty
                comparison.add("objects", each.standing, _path(each))
                self.report_progress("comparing", comparison.total, self._total)
        return comparison

    def check(self, plan: Comparison) -> None:
        """Refuse a project that holds anything else, unless that was asked for.

        Raises:
            NotEmpty: it does; the message names some of it.
        """
        if self.existing is not Existing.REFUSE:
            return
        for standing, words in (
            (Standing.DIFFERENT, "are not as in the backup"),
            (Standing.EXTRA, "are not in the backup"),
        ):
            if number := plan.count(standing):
                some = ", ".join(map(escape_unprintable, plan.names[standing]))
                raise NotEmpty(
                    f"the project {self.project.project} with the bucket {self.project.bucket} is"
                    f" not empty: {number:,} documents and objects {words} ({some}): check that it"
                    " is the right one; --existing keep leaves them as they are, --existing"
                    " replace writes over those that differ; nothing is ever deleted"
                )

    def write(self) -> None:
        """Write what is missing, and what differs if that is to be replaced."""
        done = 0
        with private_folder(self.scratch) as scratch:
            for marks in (False, True):
                for folder in self.manifest.folders:
                    for _ in map_in_order(
                        lambda pair: self._write_object(pair, scratch),
                        self._choose_objects(folder, marks=marks),
                    ):
                        done += 1
                        self.report_progress("objects", done, self.manifest.counts.objects)
        done = 0
        for collection in self.manifest.collections:
            for batch in _cut(self._choose_documents(collection)):
                missing, differing = (
                    _list_ours(batch, standing)
                    for standing in (Standing.MISSING, Standing.DIFFERENT)
                )
                retry_unavailable(partial(self.project.documents.create, missing))
                retry_unavailable(partial(self.project.documents.replace, differing))
                done += len(batch)
                self.report_progress("documents", done, self.manifest.counts.documents)

    def measure(self) -> tuple[ContentDigest, ContentDigest]:
        """Read everything back, and return the digests of the backup and of the project.

        The backup's is without what was forgotten since; the project's is of what the backup has.
        """
        expected, found = ContentDigest(), ContentDigest()
        for collection in sorted(self.manifest.collections):
            for pair in self._pair_documents(collection):
                if pair.ours is not None:
                    expected.add_document(pair.ours)
                    if pair.theirs is not None:
                        found.add_document(pair.theirs)
                    self.report_progress("reading back", expected.counts.documents)
        with private_folder(self.scratch) as scratch:
            for folder in self.manifest.folders:
                there = self._note_expected(self._pair_objects(folder), expected)
                for kept in read_back(self.project, there, scratch):
                    found.add_object(kept)
                    done, total = found.counts.objects, self.manifest.counts.objects
                    self.report_progress("reading back", done, total)
        return expected, found

    @property
    def _total(self) -> int:
        return self.manifest.counts.documents + self.manifest.counts.objects

    def _pair_documents(self, collection: str) -> Iterator[Pair[RawDocument, RawDocument]]:
        parts = [part for part in self.manifest.documents if part.name == collection]
        gone = self.forgotten.paths
        ours = (each for each in read_documents(self.target, parts) if each.path not in gone)
        return compare_documents(ours, self.project.documents.read(collection))

    def _pair_objects(self, folder: str) -> Iterator[Pair[KeptObject, RawObject]]:
        parts = [part for part in self.manifest.objects if part.name == folder]
        gone = self.forgotten.paths
        ours = (each for each in read_objects(self.target, parts) if each.path not in gone)
        return compare_objects(ours, self.project.objects.list(folder))

    def _must_write(self, standing: Standing) -> bool:
        return standing is Standing.MISSING or (
            standing is Standing.DIFFERENT and self.existing is Existing.REPLACE
        )

    def _choose_documents(self, collection: str) -> Iterator[Pair[RawDocument, RawDocument]]:
        for pair in self._pair_documents(collection):
            if self._must_write(pair.standing):
                yield pair

    def _choose_objects(self, folder: str, *, marks: bool) -> Iterator[Pair[KeptObject, RawObject]]:
        for pair in self._pair_objects(folder):
            if self._must_write(pair.standing) and _is_mark(_path(pair)) is marks:
                yield pair

    def _write_object(self, pair: Pair[KeptObject, RawObject], scratch: Path) -> None:
        kept = pair.ours
        if kept is None:
            return
        place = scratch / uuid4().hex
        try:
            fetch(self.target, kept.sha256, kept.size, place)
            if pair.standing is Standing.MISSING:
                self.project.objects.create(kept, place)
            else:
                self.project.objects.replace(kept, place)
        except ObjectExists:
            # Another restore is at work, or an answer was lost: reading back shows what is there.
            return
        finally:
            place.unlink(missing_ok=True)

    def _note_expected(
        self, pairs: Iterator[Pair[KeptObject, RawObject]], expected: ContentDigest
    ) -> Iterator[RawObject]:
        """Add the backup's objects to a digest; yield those that the project has too."""
        for pair in pairs:
            if pair.ours is not None:
                expected.add_object(pair.ours)
                if pair.theirs is not None:
                    yield pair.theirs


def _path(pair: Pair[Any, Any]) -> str:
    found = pair.theirs if pair.ours is None else pair.ours
    return "" if found is None else str(found.path)


def _is_mark(path: str) -> bool:
    """Return whether an object makes others count: it is written behind all of them."""
    return classify_path(path) is EDITION_MARK or path.endswith("/manifest.json")


def _list_ours(
    batch: list[Pair[RawDocument, RawDocument]], standing: Standing
) -> list[RawDocument]:
    return [pair.ours for pair in batch if pair.standing is standing and pair.ours is not None]


def _cut(things: Iterator[T]) -> Iterator[list[T]]:
    """Yield lists of at most BATCH."""
    while batch := list(islice(things, BATCH)):
        yield batch
