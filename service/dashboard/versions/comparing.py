"""Compare two versions: which is better, in which classes, and what moved."""

from typing import Annotated, Any, NamedTuple

from fastapi import Query, Request, Response

from pipeline.cards.comparison import describe_comparison
from pipeline.gate.summary import describe_players
from pipeline.pages.difference import draw_matrix_difference
from service.access.sessions import SignedIn
from service.dashboard.frame.parts import read_part, read_release
from service.dashboard.frame.rendering import render_page
from service.dashboard.frame.route import make_pages
from service.dashboard.versions.galleries import FEW, make_gallery, read_samples
from service.dashboard.versions.listing import suggest_pair
from service.dashboard.versions.pairs import Compared, Pair, compare_pair, read_pair
from service.routes.models import list_models
from service.schemas.base import Version
from service.wiring import Wired, Wiring

CHOICES = 50
"""The newest versions, which can be chosen from a list; others by their number in the address."""
MOST_CELLS, MOST_LISTED = 12, 400
"""Cells that are named at once, and in a table that opens: all of twenty classes."""
router = make_pages()


class Cell(NamedTuple):
    """A cell of the matrix: class drawn, class guessed, what moved, and where its drawings are.

    change: by how much the number of guesses rose. moved: how many drawings came or left.
    """

    truth: str
    guess: str
    change: int
    moved: int
    address: str

    @property
    def better(self) -> bool:
        """Whether the change is for the better: more right guesses, or fewer of a mix-up."""
        return (self.change > 0) == (self.truth == self.guess)


@router.get("/versions/compare")
def show_comparison(
    request: Request,
    wiring: Wired,
    owner: SignedIn,
    earlier: Annotated[Version | None, Query(alias="from")] = None,
    later: Annotated[Version | None, Query(alias="to")] = None,
) -> Response:
    """Show which of two versions is better, and where; without two, suggest them."""
    versions = read_part(lambda: list_models(wiring, owner, None, None, CHOICES))
    known = versions.value.models if versions.value else []
    if earlier is None or later is None:
        suggested = suggest_pair(known, read_release(wiring).value)
        earlier, later = earlier or suggested[0], later or suggested[1]
    context: dict[str, Any] = {"pair": None, "compared": None, "why_not": None, "shown": None}
    if earlier is not None and later is not None:
        context |= compare_named(wiring, earlier, later)
    return render_page(
        request,
        "versions/compare.html.jinja",
        versions=versions,
        choices=list_choices([version.version for version in known], earlier, later),
        earlier=earlier,
        later=later,
        most_cells=MOST_CELLS,
        most_listed=MOST_LISTED,
        **context,
    )


def compare_named(wiring: Wiring, earlier: str, later: str) -> dict[str, Any]:
    """Return what the page shows of two versions: their records, and the comparison.

    Raises:
        NotFound: there is no such version.
    """
    pair = read_part(lambda: read_pair(wiring, earlier, later))
    if pair.value is None:
        return {"pair": pair, "why_not": pair.trouble}
    both = pair.value
    compared = read_part(lambda: compare_pair(wiring, both), "Storage")
    if not isinstance(compared.value, Compared):
        return {"pair": pair, "why_not": compared.trouble or compared.value}
    return {
        "pair": pair,
        "compared": compared.value,
        "shown": show_compared(wiring, compared.value),
    }


def show_compared(wiring: Wiring, compared: Compared) -> dict[str, Any]:
    """Return sentences, the figure, cells, classes and pictures of a comparison."""
    found, pair = compared.found, compared.pair
    names = pair.earlier.version, pair.later.version
    short, long = describe_comparison(found, *names)
    samples = read_samples(wiring, compared)
    drawings = samples.value
    return {
        "short": short,
        "long": long,
        "players": describe_gate(pair),
        "figure": draw_matrix_difference(
            found.matrix, found.moved, compared.categories, pair.link_cell
        ),
        "cells": list_cells(compared),
        "classes": sorted(found.classes, key=lambda each: (each.change, each.before)),
        "samples": samples,
        "gained": make_gallery(f"Only {names[1]}", found.gained, compared, drawings, most=FEW),
        "lost": make_gallery(f"Only {names[0]}", found.lost, compared, drawings, most=FEW),
    }


def describe_gate(pair: Pair) -> str | None:
    """Return what the gate said of players' drawings, where it has compared these two."""
    gate = pair.later.gate
    if gate is None or pair.later.parent != pair.earlier.version:
        return None
    return describe_players(gate)


def list_cells(compared: Compared) -> list[Cell]:
    """List the cells that drawings came into or left, those that changed most first."""
    found, names = compared.found, compared.categories
    cells = [
        Cell(
            names[truth],
            names[guess],
            int(found.matrix[truth, guess]),
            int(found.moved[truth, guess]),
            compared.pair.link_cell(truth, guess),
        )
        for truth, guess in zip(*(axis.tolist() for axis in found.moved.nonzero()), strict=True)
    ]
    return sorted(cells, key=lambda cell: (-abs(cell.change), -cell.moved))


def list_choices(known: list[str], *chosen: str | None) -> list[str]:
    """Return the versions to choose from: those that are listed, and those that were chosen."""
    more = dict.fromkeys(each for each in chosen if each is not None and each not in known)
    return [*known, *more]
