"""Two versions that are compared: their records, and what they guess."""

from typing import NamedTuple

from pipeline.cards.comparison import Comparison, compare_guesses, explain_incomparable
from pipeline.records.versions import ModelVersion
from pipeline.versions.guesses import Guesses
from service.dashboard.versions.reading import read_guesses
from service.wiring import Wiring


class Pair(NamedTuple):
    """The records of two versions."""

    earlier: ModelVersion
    later: ModelVersion

    def link(self, page: str = "", **more: object) -> str:
        """Return the address of a page of the comparison, the first one or one of its drawings."""
        path = f"/versions/compare{'/' if page else ''}{page}"
        extra = "".join(f"&{name}={value}" for name, value in more.items())
        return f"{path}?from={self.earlier.version}&to={self.later.version}{extra}"

    def link_cell(self, drawn: int, guessed: int) -> str:
        """Return the address of the drawings of a cell, by the labels of its row and column."""
        return self.link("cell", drawn=drawn, guessed=guessed)


class Compared(NamedTuple):
    """What two versions guess of the same drawings."""

    pair: Pair
    categories: list[str]
    before: Guesses
    after: Guesses
    found: Comparison


def read_pair(wiring: Wiring, earlier: str, later: str) -> Pair:
    """Return two versions.

    Raises:
        NotFound: there is no such version.
        UnreadableDocument: one cannot be read.
    """
    return Pair(*(wiring.ports.models.get(version) for version in (earlier, later)))


def compare_pair(wiring: Wiring, pair: Pair) -> Compared | str:
    """Compare two versions by their published guesses; a sentence where that is not possible.

    Raises:
        Unavailable: Storage does not answer.
    """
    if pair.earlier.version == pair.later.version:
        return "This is one version: choose two different ones."
    one, two = (read_guesses(wiring, version) for version in pair)
    before, after = one.guesses, two.guesses
    if before is None or after is None:
        return " ".join(filter(None, (one.why, two.why)))
    categories = pair.later.categories or wiring.settings.categories
    if pair.earlier.categories and list(pair.earlier.categories) != list(categories):
        return "They tell different classes apart, so their guesses mean different things."
    if why := explain_incomparable(before, after):
        return why
    names = list(categories)
    if max(int(rows.max()) for rows in (after.labels, before.guesses, after.guesses)) >= len(names):
        return "They tell more classes apart than this project has."
    return Compared(pair, names, before, after, compare_guesses(before, after, names))
