"""Paths of the data set's log in Storage: what each revision adds, in each edition of the log."""

from pipeline.storage_paths import ADDITIONS, EDITED_ADDITIONS, EDITION_MARK, dataset_folder


def additions_folder(dataset: str, edition: int = 0) -> str:
    """Return the folder of what the revisions of a data set add, in an edition of its log."""
    return additions_path(dataset, edition, 0).rpartition("/")[0] + "/"


def additions_path(dataset: str, edition: int, revision: int) -> str:
    """Return the path of what a revision adds, in an edition of the log; 0 is the first one."""
    if edition == 0:
        return ADDITIONS.fill(dataset=dataset, revision=revision)
    return EDITED_ADDITIONS.fill(dataset=dataset, edition=edition, revision=revision)


def revision_of(path: str, dataset: str) -> tuple[int, int] | None:
    """Return the edition and the number of the revision whose additions an object holds, or None.

    An object with another name is not ours, so it is no revision.
    """
    names = path.removeprefix(dataset_folder(dataset)).removesuffix(".npz").split("/")
    edition, number = ("0", names[-1]) if names[0] == "revisions" else ("", "", *names)[-2:]
    if not (edition.isdecimal() and number.isdecimal()):
        return None
    place = int(edition), int(number)
    return place if path == additions_path(dataset, *place) else None


def edition_of(path: str, dataset: str) -> int | None:
    """Return the edition whose mark an object is; None if it is no mark."""
    number = path.removesuffix("/complete.json").rpartition("/")[2]
    if not number.isdecimal():
        return None
    return int(number) if path == EDITION_MARK.fill(dataset=dataset, edition=int(number)) else None
