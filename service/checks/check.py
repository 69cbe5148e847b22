"""A check: something that Redraw needs, and the function that looks whether it is well."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple

from pipeline.errors import RedrawError
from pipeline.progress import OnProgress, silent

ShowProgress = Callable[[str], AbstractContextManager[OnProgress]]
"""Shows how far a long step is until the block ends; it is called with what the step does."""


REACHING = ("Firestore", "Storage")
"""The titles of the checks that must be well before those of the project are made."""


RUNBOOK = "docs/runbook.md"
"""The page that has a chapter for each check."""


class Finding(NamedTuple):
    """What was looked at, and how it is.

    name: what was looked at, in a few words.
    problem: what is wrong, and what to do; None if it is well, or not known.
    unknown: why it could not be looked at; None if it could. That is no fault.
    """

    name: str
    problem: str | None = None
    unknown: str | None = None


class Check(NamedTuple):
    """A check.

    title: what it looks at, known before. look: looks, and returns what it found. of_project:
    whether it reads what lies in Firestore and Storage, so that it waits in vain if one of them
    does not answer. slow: whether it reads all data, which may take minutes.
    """

    title: str
    look: Callable[[], Iterable[Finding]]
    of_project: bool = False
    slow: bool = False

    @property
    def chapter(self) -> str:
        """Where the runbook says what its findings mean: the page, and the chapter in it."""
        return f"{RUNBOOK}#{make_anchor(f'Check {self.title}')}"

    def find(self) -> list[Finding]:
        """Return what the check found; a service that does not answer is a finding too."""
        found: list[Finding] = []
        try:
            found.extend(self.look())
        except (RedrawError, OSError) as error:
            found.append(Finding(self.title, str(error)))
        return found


def make_anchor(heading: str) -> str:
    """Return the name by which pages link to a heading, as GitHub and MkDocs make it."""
    return "-".join("".join(c for c in heading.lower() if c.isalnum() or c in " -").split())


def check_one(
    title: str,
    name: str,
    look: Callable[[], object],
    *,
    of_project: bool = False,
    slow: bool = False,
) -> Check:
    """Return a check that has one finding.

    Args:
        title: what it looks at.
        name: the same with what is known of it, such as an address.
        look: raises RedrawError or OSError with what is wrong.
        of_project: as `Check` has it.
        slow: likewise.
    """
    return Check(title, lambda: [Finding(name, find_problem(look))], of_project, slow)


def find_problem(look: Callable[[], object]) -> str | None:
    """Return what is wrong, in one line; None if all is well."""
    try:
        look()
    except (RedrawError, OSError) as error:
        return str(error)
    return None


def show_nothing(_description: str) -> AbstractContextManager[OnProgress]:
    """Show no progress."""
    return nullcontext(silent)
