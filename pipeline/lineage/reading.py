"""Read the lineage of versions from Storage."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from pydantic import ValidationError

from pipeline.errors import NotFound, ObjectMissing
from pipeline.ports import ArtefactStore
from pipeline.records.lineage import Lineage
from pipeline.storage_paths import lineage_path

READERS = 8
"""Threads that read lineages: each has 4 kB, so waiting is all the time it takes."""


def read_lineage(version: str, artefacts: ArtefactStore) -> Lineage:
    """Return how a version came about.

    Raises:
        NotFound: it has no lineage, or none that can be read.
    """
    path = lineage_path(version)
    try:
        return Lineage.model_validate_json(artefacts.read(path))
    except ObjectMissing:
        raise NotFound(
            f"{version} has no lineage: an older Redraw published it, or its files were deleted"
        ) from None
    except ValidationError:
        raise NotFound(f"{path} in Storage cannot be read: restore it from a backup") from None


def read_lineages(versions: Iterable[str], artefacts: ArtefactStore) -> dict[str, Lineage]:
    """Return the lineages of versions; those that have none are left out."""

    def try_to_read(version: str) -> Lineage | None:
        try:
            return read_lineage(version, artefacts)
        except NotFound:
            return None

    names = [*versions]
    with ThreadPoolExecutor(READERS) as pool:
        read = pool.map(try_to_read, names)
        return {name: found for name, found in zip(names, read, strict=True) if found is not None}
