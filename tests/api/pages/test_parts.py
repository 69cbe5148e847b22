"""A part of a page that cannot be read says so, and the others are shown."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pipeline.errors import AccessDenied, NotFound, Unavailable, UnreadableDocument
from pipeline.ports import Ports
from service.app import create_app
from service.backends import budget
from service.backends.bounded import Backend
from service.dashboard.frame.parts import read_part, read_release


@pytest.fixture(autouse=True)
def request_budget() -> Iterator[None]:
    """A request is under way, as in the middleware."""
    before = budget._budget.set(budget._Budget(1.0))
    yield
    budget._budget.reset(before)


def fail(error: Exception) -> Callable[[], int]:
    def read() -> int:
        raise error

    return read


def test_what_can_be_read_has_no_trouble() -> None:
    assert read_part(lambda: 0) == (0, None, None)


def test_what_cannot_be_read_is_no_zero_and_names_the_service() -> None:
    storage = Backend("Storage")
    part = read_part(lambda: storage.call(fail(Unavailable("secret-host:99"))))
    assert part.value is None
    assert part.trouble == (
        "Not known at the moment: Storage does not answer. Reload the page in a few seconds."
    )


def test_a_service_that_has_failed_is_not_asked_again_by_this_request() -> None:
    firestore, storage = Backend("Firestore"), Backend("Storage")
    asked: list[str] = []
    read_part(lambda: firestore.call(fail(Unavailable("it hangs"))))
    second = read_part(lambda: firestore.call(lambda: asked.append("Firestore")))
    third = read_part(lambda: storage.call(lambda: asked.append("Storage")))
    assert asked == ["Storage"]
    assert "Firestore does not answer" in str(second.trouble)
    assert third.trouble is None


def test_another_request_asks_it_again() -> None:
    firestore = Backend("Firestore")
    read_part(lambda: firestore.call(fail(Unavailable("it hangs"))))
    budget._budget.set(budget._Budget(1.0))
    assert read_part(lambda: firestore.call(lambda: 3)).value == 3


def test_refused_credentials_are_told_apart_from_silence() -> None:
    part = read_part(fail(AccessDenied("no key file")), "Storage")
    assert "Storage refuses the credentials" in str(part.trouble)


def test_a_damaged_document_is_named_and_does_not_take_the_page_down() -> None:
    part = read_part(fail(UnreadableDocument("models/release", "version is 7")))
    assert part.value is None
    assert "models/release cannot be read (version is 7)" in str(part.trouble)


def test_what_does_not_exist_is_no_trouble_of_a_part() -> None:
    with pytest.raises(NotFound):
        read_part(fail(NotFound("there is no run")))


def test_the_release_that_was_known_is_shown_with_its_age(
    settings: Any, ports: Ports, queue: Any, version: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    version(released=True)
    wiring = create_app(settings, ports, queue).state.wiring
    release = ports.models.release()
    assert release is not None
    wiring.release.note(release)
    monkeypatch.setattr(ports.models, "release", fail(Unavailable("it hangs")))
    part = read_release(wiring)
    assert part.value == release
    assert "Firestore does not answer: shown is what was known 0." in str(part.trouble)
    assert part.age is not None


def test_a_release_that_is_not_known_is_not_said_to_be_none(
    settings: Any, ports: Ports, queue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports.models, "release", fail(Unavailable("it hangs")))
    part = read_release(create_app(settings, ports, queue).state.wiring)
    assert part.value is None
    assert part.trouble is not None
