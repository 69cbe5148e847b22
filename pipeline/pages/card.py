"""Render the card of a version: `card.html` for people and `card.json` for programs."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from pipeline.canonical_json import dump_json
from pipeline.drawings import Images
from pipeline.pages.class_lines import list_classes
from pipeline.pages.figures import draw_confusion_matrix, draw_curves
from pipeline.pages.rendering import render_template
from pipeline.records.cards import CARD_JSON, CARD_PAGE, Card, ChangedRow
from pipeline.records.versions import ModelVersion
from pipeline.versions.contents import MakeFile


class Example(NamedTuple):
    """A clean drawing, uint8 `(28, 28)`, with its class, and what parent and version guess."""

    image: Images
    truth: str
    before: str
    after: str


def list_card_files(card: Card, pictures: Mapping[int, Images]) -> dict[str, MakeFile]:
    """Return the files of a card, by name. The same card gives the same bytes.

    Args:
        card: without its version's number.
        pictures: the drawings that it shows, uint8 `(28, 28)`, by row.
    """

    def with_number(make: Callable[[Card], bytes]) -> MakeFile:
        return lambda version: make(_number(card, version))

    return {
        CARD_JSON: with_number(lambda numbered: dump_json(numbered.document())),
        CARD_PAGE: with_number(lambda numbered: render_card(numbered, pictures).encode()),
    }


def _number(card: Card, version: ModelVersion) -> Card:
    """Return the card with the number of its version, which its last point has too."""
    number = version.version
    history = [*card.history[:-1], card.history[-1].model_copy(update={"version": number})]
    return card.model_copy(update={"version": number, "history": history})


def render_card(card: Card, pictures: Mapping[int, Images]) -> str:
    """Return the card as an HTML page.

    Args:
        card: of a version, with its number.
        pictures: as for `list_card_files`.
    """
    classes = len(card.categories)
    since = card.since_parent
    return render_template(
        "card.html.jinja",
        card=card,
        since=since,
        players=since.players if since else None,
        curve=draw_curves(
            {
                "blue": [point.accuracy for point in card.history],
                "orange": [point.players_accuracy for point in card.history],
            },
            "recognised",
            shares=True,
            versions=[point.version for point in card.history],
        ),
        matrix=draw_confusion_matrix(
            np.array(card.clean.confusion, np.int64).reshape(classes, classes), card.categories
        ),
        classes=list_classes(card),
        now_right=_show(since.now_right if since else [], pictures),
        now_wrong=_show(since.now_wrong if since else [], pictures),
    )


def _show(changed: list[ChangedRow], pictures: Mapping[int, Images]) -> list[Example]:
    return [Example(pictures[row.row], row.truth, row.before, row.after) for row in changed]
