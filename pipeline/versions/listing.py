"""List versions in pages, the highest number first, from the ids of all documents."""

from collections.abc import Callable, Iterable

from pipeline.errors import InvalidPlace, RedrawError
from pipeline.records import reading
from pipeline.records.reading import MAX_NAMED, Page, Unreadable, note_unreadable
from pipeline.records.versions import ModelVersion, VersionNumber, VersionStatus
from pipeline.versions.documents import ODD_ID, parse_numbers

MAX_FILTERED = 200
"""Documents that one page of versions of one status reads."""
READ_AT_ONCE = 25


def read_page(
    ids: Iterable[str],
    after: str | None,
    limit: int,
    status: VersionStatus | None,
    read: Callable[[list[str]], Page[ModelVersion]],
) -> Page[ModelVersion]:
    """Return versions, the highest number first, all or those of one status.

    A page of one status may be shorter than `limit` though another follows it: it reads
    MAX_FILTERED documents. Whether Redraw published a version, no single field says.

    Args:
        ids: of all documents.
        after: the version above the page; None for the first page.
        limit: the largest number of documents, or of versions with the status.
        status: None for any.
        read: reads the documents with these ids, in this order.

    Raises:
        InvalidPlace: `after` is no version number.
    """
    ids = [*ids]
    names, next_after = pick_page(ids, after, limit if status is None else MAX_FILTERED)
    versions: list[ModelVersion] = []
    unreadable: list[Unreadable] = []
    while names and len(versions) <= limit:
        batch, names = names[:READ_AT_ONCE], names[READ_AT_ONCE:]
        part = read(batch)
        unreadable.extend(part.unreadable)
        versions.extend(each for each in part.records if status in (None, each.status))
    if len(versions) > limit:
        next_after = versions[limit - 1].version
    odd = [] if after is not None else name_odd_ids(ids)
    return Page(versions[:limit], [*unreadable, *odd], next_after)


def pick_page(ids: Iterable[str], after: str | None, limit: int) -> tuple[list[str], str | None]:
    """Return the ids on a page, the highest number first, and the `after` of the next page.

    Args:
        ids: of all documents; those that are no version numbers are left out.
        after: the version above the page; None for the first page.
        limit: the largest number of ids.

    Raises:
        InvalidPlace: `after` is no version number.
    """
    above = None if after is None else _parse_after(after)
    numbers = sorted(
        (number for number in parse_numbers(ids) if above is None or number < above), reverse=True
    )
    names = [str(number) for number in numbers[:limit]]
    return names, names[-1] if len(numbers) > limit else None


def _parse_after(after: str) -> VersionNumber:
    try:
        return VersionNumber.parse(after)
    except RedrawError as error:
        raise InvalidPlace(f"after: {error}") from error


def name_odd_ids(ids: Iterable[str]) -> list[Unreadable]:
    """Name the documents whose ids are no version numbers, at most MAX_NAMED of them."""
    odd = sorted(name for name in ids if not parse_numbers([name]))
    errors = [reading.unreadable(f"models/{name}", ODD_ID) for name in odd[:MAX_NAMED]]
    return [note_unreadable(error.path, error.problem) for error in errors]
