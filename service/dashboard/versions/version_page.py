"""The page of one version: its card, how it came about, its files, and what can be done with it."""

import numpy as np
from fastapi import Request, Response
from markupsafe import Markup

from pipeline.pages.class_lines import list_classes
from pipeline.pages.figures import draw_confusion_matrix, draw_curves
from pipeline.records.cards import Card
from pipeline.records.versions import ModelVersion, Release, VersionStatus
from service.access.sessions import SignedIn
from service.dashboard.frame.parts import read_part, read_release
from service.dashboard.frame.rendering import render_page
from service.dashboard.frame.route import make_pages
from service.dashboard.versions.reading import read_card, read_lineage
from service.dashboard.versions.words import describe_origin, describe_status, name_person
from service.routes.models import get_model
from service.schemas.base import Version
from service.wiring import Wired

router = make_pages()


@router.get("/versions/{version}")
def show_version(request: Request, wiring: Wired, owner: SignedIn, version: Version) -> Response:
    """Show what a version learned, how good it is, and what can be done with it."""
    found = read_part(lambda: get_model(wiring, owner, version))
    release = read_release(wiring)
    model = found.value
    card = lineage = None
    if model is not None:
        card = read_part(lambda: read_card(wiring, model), "Storage")
        lineage = read_part(lambda: read_lineage(wiring, model), "Storage")
    return render_page(
        request,
        "versions/version.html.jinja",
        version=version,
        found=found,
        model=model,
        release=release,
        card=card,
        lineage=lineage,
        curve=draw_history(card.value) if card and card.value else None,
        matrix=draw_matrix(card.value) if card and card.value else None,
        classes=list_classes(card.value) if card and card.value else [],
        obstacle=find_obstacle(model, release.value) if model else None,
        trial_settings=wiring.settings.trial,
        describe_status=describe_status,
        describe_origin=describe_origin,
        name_person=name_person,
    )


def find_obstacle(version: ModelVersion, release: Release | None) -> str | None:
    """Return why nothing can be done with a version; None: it can be released or withdrawn."""
    name = version.version
    if version.status is VersionStatus.FOREIGN:
        return "The game published it itself: Redraw never releases or changes it."
    if version.status is VersionStatus.PUBLISHING:
        return "It is being published: reload the page in a minute."
    if version.status is VersionStatus.WITHDRAWN:
        return "It is withdrawn: it is never released again."
    if release is not None and release.version == name:
        return "It is released. To withdraw it, release another version first."
    return None


def draw_history(card: Card) -> Markup:
    """Draw the accuracy of a version and of those that it comes from."""
    return draw_curves(
        {
            "blue": [point.accuracy for point in card.history],
            "orange": [point.players_accuracy for point in card.history],
        },
        "recognised",
        shares=True,
        versions=[point.version for point in card.history],
    )


def draw_matrix(card: Card) -> Markup:
    """Draw what each class was taken for."""
    classes = len(card.categories)
    counts = np.array(card.clean.confusion, np.int64).reshape(classes, classes)
    return draw_confusion_matrix(counts, card.categories)
