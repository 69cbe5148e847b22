"""All checks are made in the background, one after another, whatever one of them does."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pipeline.errors import Unavailable
from service.checks.check import Check, Finding, check_one
from service.checks.examination import (
    FRESH_SECONDS,
    RETRY_SECONDS,
    Examination,
    Examined,
)
from service.checks.making import CheckState


def well(title: str, **options: Any) -> Check:
    return check_one(title, f"{title} of the project", lambda: None, **options)


def wrong(title: str, **options: Any) -> Check:
    def look() -> None:
        raise Unavailable("it does not answer: start it")

    return check_one(title, f"{title} of the project", look, **options)


def wait_for_the_end(examination: Examination) -> Examined:
    """Return what is known when the round that is under way has ended."""
    while (examined := examination.look()).running:
        threading.Event().wait(0.001)
    return examined


def states(examined: Examined) -> dict[str, CheckState]:
    return {each.title: each.state for each in examined.checks}


@pytest.fixture
def hanging() -> Iterator[Callable[[], None]]:
    """What hangs until the test ends."""
    ended = threading.Event()
    yield lambda: ended.wait(60) and None
    ended.set()


def test_all_titles_are_known_before_a_check_has_ended(hanging: Callable[[], None]) -> None:
    examination = Examination(lambda: [check_one("first", "first", hanging), well("second")])
    examined = examination.look()
    assert examined.running
    assert [each.title for each in examined.checks] == ["first", "second"]
    assert states(examined)["second"] is CheckState.WAITING


def test_what_is_wrong_is_told_with_what_to_do() -> None:
    examined = wait_for_the_end(Examination(lambda: [well("Firestore"), wrong("Storage")]))
    assert [each.findings for each in examined.checks] == [
        (Finding("Firestore of the project"),),
        (Finding("Storage of the project", "it does not answer: start it"),),
    ]
    assert examined.problems == 1


def test_a_check_that_hangs_is_left_and_the_next_one_is_made(hanging: Callable[[], None]) -> None:
    calls, begun = list[int](), threading.Event()

    def hang() -> None:
        calls.append(1)
        begun.set()
        hanging()

    examination = Examination(lambda: [check_one("first", "first", hang), well("second")], 0.01)
    for _ in range(3):
        examined = wait_for_the_end(examination)
        examination.begin()
    assert states(examined) == {"first": CheckState.LATE, "second": CheckState.DONE}
    assert examined.problems == 1
    assert begun.wait(60)
    assert len(calls) == 1  # it is not called again while it hangs


def test_what_reads_the_project_is_left_out_if_firestore_does_not_answer() -> None:
    checks = [wrong("Firestore"), well("Storage"), well("release", of_project=True), well("disk")]
    assert states(wait_for_the_end(Examination(lambda: checks))) == {
        "Firestore": CheckState.DONE,
        "Storage": CheckState.DONE,
        "release": CheckState.LEFT_OUT,
        "disk": CheckState.DONE,
    }


def test_what_reads_all_data_is_made_on_request_alone_and_its_findings_stay() -> None:
    examination = Examination(lambda: [well("quick"), well("data set", slow=True)])
    assert states(wait_for_the_end(examination))["data set"] is CheckState.ON_REQUEST
    examination.begin(slow=True)
    assert states(wait_for_the_end(examination))["data set"] is CheckState.DONE
    examination.begin()
    assert states(wait_for_the_end(examination))["data set"] is CheckState.DONE


def test_findings_count_for_a_while() -> None:
    now, calls = [0.0], list[int]()
    check = check_one("first", "first", lambda: calls.append(1))
    examination = Examination(lambda: [check], clock=lambda: now[0])
    for now[0], rounds in ((0.0, 1), (FRESH_SECONDS - 1, 1), (FRESH_SECONDS, 2)):
        wait_for_the_end(examination)
        assert len(calls) == rounds


def test_what_was_left_out_is_looked_at_again_sooner() -> None:
    now, checks = [0.0], [wrong("Firestore"), well("release", of_project=True)]
    examination = Examination(lambda: checks, clock=lambda: now[0])
    assert states(wait_for_the_end(examination))["release"] is CheckState.LEFT_OUT
    checks[0] = well("Firestore")
    now[0] += RETRY_SECONDS
    assert states(wait_for_the_end(examination))["release"] is CheckState.DONE


def test_an_error_that_no_one_foresaw_is_a_finding_and_ends_no_round() -> None:
    def look() -> None:
        raise KeyError("the secret")

    examined = wait_for_the_end(Examination(lambda: [check_one("a", "a", look), well("b")]))
    assert states(examined)["b"] is CheckState.DONE
    assert "KeyError" in str(examined.checks[0].problems)
    assert "the secret" not in str(examined)


def test_what_was_found_before_an_error_is_kept() -> None:
    def look() -> Iterator[Finding]:
        yield Finding("one")
        raise Unavailable("gone")

    assert Check("all", look).find() == [Finding("one"), Finding("all", "gone")]
