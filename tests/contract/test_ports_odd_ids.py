"""Ids that no document can have, or that no document has: every adapter answers in the same way."""

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.errors import InvalidPlace, NotFound
from pipeline.ports import Ports
from pipeline.records.corrections import OwnerAction, OwnerChoice
from pipeline.records.ids import MAX_ID_BYTES
from pipeline.records.trials import TrialState
from tests.contract._quarantined import QUARANTINED, quarantined
from tests.contract._trials import a_plan, on_trial

ODD_IDS = [
    "", ".", "..", "__x__", "a/b", "/", "a//b", "x" * 1501, "é" * 751, "\ud800", "a\0b", "v01.0.0",
    "v1.0.0\n", " v1.0.0", "v1.0.00", "V1.0.0", "v1.0.1000000000", "%2e%2e",
]  # fmt: skip
ACCEPT = OwnerChoice(action=OwnerAction.ACCEPT)
BY: Any = {"by": "owner", "why": "why not"}

UNKNOWN: dict[str, Callable[[Ports, str], Any]] = {
    "a run": lambda ports, name: ports.runs.get(name),
    "whom a run forgets": lambda ports, name: ports.runs.player_of(name),
    "claiming a run": lambda ports, name: ports.runs.claim(name, "worker", 60),
    "cancelling a run": lambda ports, name: ports.runs.cancel(name, "owner"),
    "a version": lambda ports, name: ports.models.get(name),
    "releasing a version": lambda ports, name: ports.models.promote(name, **BY),
    "withdrawing a version": lambda ports, name: ports.models.withdraw(name, **BY),
    "giving a version up": lambda ports, name: ports.models.give_up(name, **BY),
    "trying a version": lambda ports, name: ports.trials.begin(name, a_plan()),
    "a trial": lambda ports, name: ports.trials.get(name),
    "the newest trial": lambda ports, name: ports.trials.newest(name),
    "a correction": lambda ports, name: ports.corrections.get(name),
    "a decision": lambda ports, name: ports.corrections.decide(name, ACCEPT, "ada"),
}
NOTHING: dict[str, Callable[[Ports, str], Any]] = {
    "ending a trial": lambda ports, name: ports.trials.end(name, TrialState.ENDED, "so")[0],
    "corrections behind it": lambda ports, name: (
        None if name in NAMES_BEFORE else ports.corrections.find(QUARANTINED, after=name)
    ),
    "corrections of a run": lambda ports, name: ports.corrections.find(QUARANTINED, run_id=name),
    "corrections of a reason": lambda ports, name: ports.corrections.find(QUARANTINED, reason=name),
    "decisions": lambda ports, name: ports.corrections.decisions([name]),
    "digests": lambda ports, name: ports.corrections.digests([name]),
    "deleting": lambda ports, name: ports.corrections.delete([name]),
    "guesses": lambda ports, name: ports.corrections.count_guesses(name),
    "a judged run": lambda ports, name: ports.runs.find_judged(name),
}
QUERIED = {"corrections of a reason", "a judged run"}
"""What compares a text with fields: Firestore compares with no half characters and no long texts.
The service takes no such text, so nothing else looks for them."""
NAMES_BEFORE = {"a\0b", "v01.0.0", "v1.0.0\n", " v1.0.0", "v1.0.00", "V1.0.0", "v1.0.1000000000",
                "%2e%2e"}  # fmt: skip
"""Ids that can be, and are before the correction's."""


@pytest.fixture
def filled(world: Any) -> Ports:
    on_trial(world.ports)
    world.put("~", quarantined())
    return world.ports


def test_what_has_no_such_id_is_not_found(filled: Ports) -> None:
    for name in ODD_IDS:
        for what, ask in UNKNOWN.items():
            try:
                ask(filled, name)
            except NotFound:
                continue
            except Exception as error:
                raise AssertionError(f"{what} {name!r}") from error
            raise AssertionError(f"{what} {name!r} is there")


def test_of_what_has_no_such_id_there_is_nothing(filled: Ports) -> None:
    for name in ODD_IDS:
        for what, ask in NOTHING.items():
            if what in QUERIED and (name == "\ud800" or len(name.encode()) > MAX_ID_BYTES):
                continue
            try:
                found = ask(filled, name)
            except Exception as error:
                raise AssertionError(f"{what} {name!r}") from error
            assert not found, f"{what} {name!r}"


def test_no_list_goes_on_behind_it(filled: Ports) -> None:
    for name in ODD_IDS:
        with pytest.raises(InvalidPlace):
            filled.runs.page(name)
        with pytest.raises(InvalidPlace):
            filled.trials.page(name)
        with pytest.raises(InvalidPlace):
            filled.models.page(name)
