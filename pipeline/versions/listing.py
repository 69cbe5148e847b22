"""List versions in pages, the highest number first, from the ids of all documents."""

from collections.abc import Iterable

from pipeline.records.reading import MAX_NAMED, Unreadable, note_unreadable, unreadable
from pipeline.records.versions import VersionNumber
from pipeline.versions.documents import ODD_ID, parse_numbers


def pick_page(ids: Iterable[str], after: str | None, limit: int) -> tuple[list[str], str | None]:
    """Return the ids on a page, the highest number first, and the `after` of the next page.

    Args:
        ids: of all documents; those that are no version numbers are left out.
        after: the version above the page; None for the first page.
        limit: the largest number of ids.

    Raises:
        RedrawError: `after` is no version number.
    """
    above = None if after is None else VersionNumber.parse(after)
    numbers = sorted(
        (number for number in parse_numbers(ids) if above is None or number < above), reverse=True
    )
    names = [str(number) for number in numbers[:limit]]
    return names, names[-1] if len(numbers) > limit else None


def name_odd_ids(ids: Iterable[str]) -> list[Unreadable]:
    """Name the documents whose ids are no version numbers, at most MAX_NAMED of them."""
    odd = sorted(name for name in ids if not parse_numbers([name]))
    errors = [unreadable(f"models/{name}", ODD_ID) for name in odd[:MAX_NAMED]]
    return [note_unreadable(error.path, error.problem) for error in errors]
