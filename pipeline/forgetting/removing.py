"""Delete objects and documents; what goes is noted in Storage before, for the receipt.

So nothing is left out of the receipt if a worker dies after it has deleted something.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import islice

from pipeline.errors import ObjectExists, ObjectMissing, ObjectTooLarge
from pipeline.records.forgetting import ForgetPlan, Removed, RemovedKind
from pipeline.runs.context import RunContext
from pipeline.storage_paths import FORGET_PAGE, classify_path, forget_folder

AT_ONCE = 100
"""Objects or documents that are noted together, and then deleted."""
MOST_BYTES = 1 << 27
"""Of an object that is read for its digest: a player may have uploaded anything."""
SHORT = 6
"""Characters of an id that may be a part of any word."""
HIDDEN = "(player)"

Hide = Callable[[str], str]
"""Takes the name of the player out of a path."""


def hide_player(player: str) -> Hide:
    """Return a function that takes a player's id out of a path: a game may have put it there."""
    name = re.escape(player)
    if len(player) < SHORT:
        name = f"(?<![A-Za-z0-9]){name}(?![A-Za-z0-9])"
    pattern = re.compile(name, re.IGNORECASE)
    return lambda path: pattern.sub(HIDDEN, path)


def remove_objects(
    paths: Iterable[str], kind: RemovedKind, hide: Hide, context: RunContext
) -> None:
    """Delete objects in Storage; those that are not there are passed over.

    Raises:
        LeaseLost: another worker has taken the run over; nothing more is deleted.
    """
    artefacts = context.ports.artefacts
    for page in _in_pages(paths):
        note_objects(page, kind, hide, context)
        for path in page:
            artefacts.delete(path)


def note_objects(paths: Sequence[str], kind: RemovedKind, hide: Hide, context: RunContext) -> None:
    """Note the objects that are about to be deleted, with size and digest."""
    removed = []
    for path in paths:
        size, sha256 = None, None
        with suppress(ObjectTooLarge):
            try:
                data = context.ports.artefacts.read(path, MOST_BYTES)
            except ObjectMissing:
                continue
            size, sha256 = len(data), hashlib.sha256(data).hexdigest()
        removed.append(Removed(kind=kind, path=hide(path), size=size, sha256=sha256))
    _note(removed, context)


def remove_corrections(ids: Iterable[str], hide: Hide, context: RunContext) -> None:
    """Delete the documents of corrections and the decisions on them.

    Raises:
        LeaseLost: another worker has taken the run over; nothing more is deleted.
    """
    corrections = context.ports.corrections
    for page in _in_pages(ids):
        digests = corrections.digests(page)
        _note(
            [
                Removed(kind=_kind_of(path), path=hide(path), sha256=digest)
                for path, digest in sorted(digests.items())
            ],
            context,
        )
        corrections.delete(page)


def read_removed(plan: ForgetPlan, context: RunContext) -> list[Removed]:
    """Return what the run, and the unfinished ones before it, have noted, in order of path.

    A path may be noted twice, for example because a worker died before it could delete.
    """
    noted, artefacts = {}, context.ports.artefacts
    for run_id in (*plan.unfinished, context.run_id):
        for stored in artefacts.list(forget_folder(run_id)):
            if classify_path(stored.path) is FORGET_PAGE:
                for fields in json.loads(artefacts.read(stored.path)):
                    removed = Removed.from_document(fields)
                    noted[removed.path] = removed
    return [noted[path] for path in sorted(noted)]


def _kind_of(path: str) -> RemovedKind:
    is_decision = path.startswith("decisions/")
    return RemovedKind.DECISION if is_decision else RemovedKind.DOCUMENT


def _note(removed: Sequence[Removed], context: RunContext) -> None:
    """Prove the lease, and store the notes under a name that their content decides."""
    context.log.note()
    if removed:
        data = json.dumps([each.document() for each in removed]).encode()
        digest = hashlib.sha256(data).hexdigest()[:32]
        with suppress(ObjectExists):
            path = FORGET_PAGE.fill(run_id=context.run_id, digest=digest)
            context.ports.artefacts.create(path, data, "application/json")


def _in_pages(names: Iterable[str]) -> Iterable[list[str]]:
    left = iter(names)
    return iter(lambda: list(islice(left, AT_ONCE)), [])
