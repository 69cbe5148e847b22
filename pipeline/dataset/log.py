"""The log of the data set in Storage: the base, its digest, and an object for each revision.

To forget a player, the objects of all revisions are written anew in a folder of their own, an
edition, and last its mark. The highest edition that has a mark counts. What lies in the folders of
earlier ones is no part of the data set any more, even if a process still writes there.
"""

import json
from typing import NamedTuple

from pipeline.dataset.additions import Additions, load_additions
from pipeline.dataset.verified import StoredRevision
from pipeline.errors import InvalidDataset, ObjectMissing
from pipeline.log_paths import additions_path, edition_of, revision_of
from pipeline.ports import ArtefactStore
from pipeline.records.storage import StoredObject
from pipeline.storage_paths import (
    BASE_CATEGORIES,
    BASE_DATASET,
    BASE_DIGEST,
    EDITION_MARK,
    dataset_folder,
)


class Log(NamedTuple):
    """The objects of the log, as a listing of Storage shows them.

    name: of the data set.
    base, digest, categories: revision 0, its digest and its classes; None if the object is missing.
    revisions: the additions of each later revision, by number. There may be gaps.
    edition: the one that counts. mark: of it; none of the first. stale: what is left of earlier
    ones.
    newest: the highest edition of which there is anything, complete or not.
    """

    name: str
    base: StoredObject | None
    digest: StoredObject | None
    categories: StoredObject | None
    revisions: dict[int, StoredObject]
    edition: int = 0
    stale: tuple[StoredObject, ...] = ()
    newest: int = 0
    mark: tuple[StoredObject, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether Storage holds nothing of a data set."""
        return self.base is None and self.digest is None and not self.revisions

    @property
    def last(self) -> int:
        """The number of the newest revision."""
        return max(self.revisions, default=0)

    def path(self, number: int) -> str:
        """Return the path of the additions of a revision."""
        return additions_path(self.name, self.edition, number)

    def find_gaps(self, last: int) -> list[int]:
        """Return the revisions from 1 to `last` that have no object."""
        return [number for number in range(1, last + 1) if number not in self.revisions]


def list_log(artefacts: ArtefactStore, name: str) -> Log:
    """List the log of the data set with this name: one request for a thousand revisions.

    Raises:
        InvalidDataset: the mark of an edition is lost.
    """
    objects = {stored.path: stored for stored in artefacts.list(dataset_folder(name))}
    editions: dict[int, dict[int, StoredObject]] = {0: {}}
    marks: dict[int, list[StoredObject]] = {0: []} | {
        number: [stored]
        for path, stored in objects.items()
        if (number := edition_of(path, name)) is not None
    }
    for path, stored in objects.items():
        if (place := revision_of(path, name)) is not None:
            editions.setdefault(place[0], {})[place[1]] = stored
    edition = max(marks)
    revisions = editions.get(edition, {})
    _require_mark(editions, edition, name)
    base, digest, categories = (
        objects.get(kind.fill(dataset=name))
        for kind in (BASE_DATASET, BASE_DIGEST, BASE_CATEGORIES)
    )
    before = [number for number in {*editions, *marks} if number < edition]
    stale = [
        stored
        for number in sorted(before)
        for stored in (*editions.get(number, {}).values(), *marks.get(number, []))
    ]
    found = Log(name, base, digest, categories, revisions, edition, tuple(stale))
    return found._replace(newest=max(*editions, edition), mark=tuple(marks[edition]))


def _require_mark(editions: dict[int, dict[int, StoredObject]], edition: int, name: str) -> None:
    """Raise InvalidDataset if a later edition than this one was complete, and has lost its mark.

    An edition that is being written, or was left unfinished, has no revision that the one before
    it lacks: only a complete one grows.
    """
    last = max(editions.get(edition, {}), default=0)
    for number, revisions in editions.items():
        if number > edition and max(revisions) > last:
            raise InvalidDataset(
                f"Storage has lost {EDITION_MARK.fill(dataset=name, edition=number)}: restore it "
                "from a backup, or upload any file under this name"
            )


def read_first_length(artefacts: ArtefactStore, log: Log) -> int:
    """Return how many revisions the edition that counts had when it was completed.

    So a machine without a file notices that the last of them are lost. 0: it is not known.
    """
    if not log.mark:
        return 0
    try:
        revisions = json.loads(artefacts.read(log.mark[0].path))["revisions"]
    except (ValueError, TypeError, KeyError, ObjectMissing):
        return 0
    return revisions if isinstance(revisions, int) else 0


def describe_stored(stored: StoredObject) -> StoredRevision:
    """Return what is remembered about an object that was read."""
    return StoredRevision(size=stored.size, generation=stored.generation)


def read_revision(artefacts: ArtefactStore, log: Log, number: int, parent: str) -> Additions:
    """Read the additions of a revision that is not in the local file.

    Args:
        artefacts: Storage.
        log: its listing.
        number: the revision.
        parent: the digest of the revision before it.

    Raises:
        InvalidDataset: the object is damaged, or continues another data set.
    """
    path = log.path(number)
    additions = load_additions(artefacts.read(path), f"the additions {path}")
    if (additions.revision, additions.parent) != (number, parent):
        raise InvalidDataset(
            f"{path} in Storage does not continue revision {number - 1}: restore the object from a "
            f"backup, or delete it and run on a machine whose data folder holds revision {number}"
        )
    return additions


def check_stored(
    artefacts: ArtefactStore, log: Log, digests: list[str], known: dict[int, StoredRevision]
) -> dict[int, StoredRevision]:
    """Compare the objects of revisions that the local file holds with the digests it has.

    Args:
        artefacts: Storage.
        log: its listing.
        digests: of the revisions of the local file, 0 first.
        known: the objects that were read before. They are read again only if they have changed.

    Returns:
        The objects that have the right digest, also 0 if it is known.

    Raises:
        InvalidDataset: an object is damaged, or the local file is a branch of the revisions.
    """
    checked = {0: known[0]} if 0 in known else {}
    for number, stored in sorted(log.revisions.items()):
        if number >= len(digests):
            break
        described = describe_stored(stored)
        if known.get(number) != described:
            _compare(artefacts, stored.path, number, digests)
        checked[number] = described
    return checked


def _compare(artefacts: ArtefactStore, path: str, number: int, digests: list[str]) -> None:
    """Read the object of a revision and compare its digest with that of the local file."""
    damaged = InvalidDataset(
        f"{path} in Storage is damaged: delete the object and run again here, it is stored again "
        "from the local data set"
    )
    try:
        additions = load_additions(artefacts.read(path))
    except InvalidDataset:
        raise damaged from None
    if additions.digest == digests[number]:
        return
    if (additions.revision, additions.parent) != (number, digests[number - 1]):
        raise damaged
    raise InvalidDataset(
        f"revision {number} in Storage, {path}, is not the one in the local data set: "
        "move the file away and run again, it is rebuilt from Storage"
    )
