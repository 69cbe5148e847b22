"""The checks of documents that other programs or people may have written."""

from collections.abc import Iterable, Iterator
from itertools import takewhile

from pipeline.corrections.survey import survey_corrections
from pipeline.errors import NotFound, RedrawError
from pipeline.ports import CorrectionSource, ModelRegistry, Ports
from pipeline.records.notifications import DeliveryStatus
from pipeline.records.reading import MAX_NAMED, Unreadable
from pipeline.runs.slot import format_time
from pipeline.settings import Settings
from pipeline.versions.janitor import Action, look_at_leftovers
from pipeline.versions.released import find_newest_ready, find_released
from service.checks.check import Finding

RUNS_READ = 200
SHOWN = 5
"""Unreadable documents of a collection that the check names."""


def check_release(models: ModelRegistry) -> None:
    """Raise what is wrong with the release; a new project without versions needs none yet."""
    try:
        find_released(models)
    except NotFound:
        if models.release() is not None or find_newest_ready(models) is not None:
            raise


def check_documents(ports: Ports) -> None:
    """Raise RedrawError with the names of all documents that cannot be read, and why."""
    groups = (
        _list_odd_versions(ports.models),
        ports.runs.page(limit=RUNS_READ).unreadable,
        ports.trials.page(limit=RUNS_READ).unreadable,
        ports.models.history(limit=RUNS_READ).unreadable,
        ports.corrections.unreadable_decisions(),
        ports.notifications.page(limit=RUNS_READ).unreadable,
    )
    found = [_name(group) for group in groups if group]
    if found:
        raise RedrawError(
            f"{'; '.join(found)}. Redraw leaves them out and changes none: correct or move what "
            "should count, and leave the rest as it is"
        )


def find_notifications(ports: Ports, settings: Settings) -> Iterator[Finding]:
    """Yield whether a receiver is set, when it last took a notification, and what it did not."""
    if settings.webhook.url is None:
        yield Finding("notifications: no receiver is set, so no alarm is sent this way")
    newest = ports.notifications.page(limit=RUNS_READ).records
    ended = [each for each in newest if each.status is not DeliveryStatus.WAITING]
    lost = list(takewhile(lambda each: each.status is DeliveryStatus.GIVEN_UP, ended))
    if lost:
        last = lost[0].attempts[-1].error if lost[0].attempts else None
        yield Finding(
            "notifications",
            f"the owner's receiver did not take the newest {len(lost)} notifications"
            f"{f' ({last})' if last else ''}: `redraw notifications --test` tries it",
        )
    elif ended:
        yield Finding(f"notifications: the newest, of {format_time(ended[0].at)}, has arrived")


def check_publications(ports: Ports) -> None:
    """Raise RedrawError if a publication was interrupted and no run goes on with it."""
    left = [each for each in look_at_leftovers(ports) if each.action is not Action.LEAVE]
    if left:
        told = "; ".join(f"{each.version} ({each.action}: {each.why})" for each in left[:SHOWN])
        raise RedrawError(
            f"a publication was interrupted, of {told}. No client sees it; workers finish it or "
            "give it up within ten minutes, or call `redraw tidy`"
        )


def find_corrections(corrections: CorrectionSource, settings: Settings) -> Iterator[Finding]:
    """Yield what a run would see of the game's corrections."""
    for sentence, is_problem in survey_corrections(corrections, settings):
        yield (
            Finding("corrections", sentence) if is_problem else Finding(f"corrections: {sentence}")
        )


def _list_odd_versions(models: ModelRegistry) -> list[Unreadable]:
    odd: list[Unreadable] = []
    after: str | None = None
    while len(odd) < MAX_NAMED:
        page = models.page(after, limit=200)
        odd += page.unreadable
        if page.next_after is None:
            break
        after = page.next_after
    return odd


def _name(unreadable: Iterable[Unreadable]) -> str:
    known = list(unreadable)
    names = [f"{each.path} ({each.problem})" for each in known[:SHOWN]]
    more = len(known) - SHOWN
    return ", ".join(names) + (f", and {more} more" if more > 0 else "")
