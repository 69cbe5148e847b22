"""The cache of the release: how often Firestore is asked, and what is said when it is silent."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.errors import AccessDenied, Unavailable
from pipeline.records.versions import Release
from service.versions.release_cache import KnownRelease, ReleaseCache
from tests.api._waiting import until

SOON = 0.02


def release_of(fence: int) -> Release:
    return Release(
        version=f"v1.0.{fence}",
        manifest_path="models/production/x/manifest.json",
        fence=fence,
        updated_at=datetime(2026, 3, 4, tzinfo=UTC),
    )


class Firestore:
    """Names a release, or fails, or hangs until it is told to go on; counts the reads."""

    def __init__(self) -> None:
        self.release: Release | None = release_of(1)
        self.error: Exception | None = None
        self.answers = threading.Event()
        self.answers.set()
        self.reads = 0
        self.now = 0.0

    def read(self) -> Release | None:
        self.reads += 1
        release = self.release
        self.answers.wait(60)
        if self.error is not None:
            raise self.error
        return release


@pytest.fixture
def firestore() -> Iterator[Firestore]:
    firestore = Firestore()
    yield firestore
    firestore.answers.set()


@pytest.fixture
def cache(firestore: Firestore) -> ReleaseCache:
    """A cache that keeps a release for 5 seconds of a clock that only the test moves."""
    return ReleaseCache(firestore.read, 5, SOON, clock=lambda: firestore.now)


def ask(cache: ReleaseCache, times: int = 1) -> list[KnownRelease]:
    """Ask `times` times at the same time."""

    async def all_at_once() -> list[KnownRelease]:
        return list(await asyncio.gather(*(cache.get() for _ in range(times))))

    return asyncio.run(all_at_once())


def test_a_firestore_that_never_answered_is_unavailable(
    cache: ReleaseCache, firestore: Firestore
) -> None:
    firestore.answers.clear()
    with pytest.raises(Unavailable):
        ask(cache)


def test_an_error_is_passed_on_if_nothing_is_known(
    cache: ReleaseCache, firestore: Firestore
) -> None:
    firestore.error = AccessDenied("no credentials")
    with pytest.raises(AccessDenied):
        ask(cache)


@pytest.mark.parametrize("fault", ["hangs", "fails"])
def test_the_last_known_release_is_given_out_and_called_stale(
    cache: ReleaseCache, firestore: Firestore, fault: str
) -> None:
    ask(cache)
    firestore.now = 60
    if fault == "hangs":
        firestore.answers.clear()
    else:
        firestore.error = Unavailable("gone")
    for _ in range(3):
        assert ask(cache) == [KnownRelease(release_of(1), 60, stale=True)]


def test_while_firestore_hangs_it_is_asked_once_and_only_the_first_waits(
    firestore: Firestore,
) -> None:
    patient = ReleaseCache(firestore.read, 5, 60, clock=lambda: firestore.now)
    ask(patient)
    firestore.answers.clear()
    firestore.now = 10

    async def poll() -> None:
        first = asyncio.create_task(patient.get())
        await until(lambda: firestore.reads == 2)
        patient._failing_since = firestore.now  # as when the first has waited for long enough
        answers = await asyncio.gather(*(patient.get() for _ in range(100)))
        assert {answer.stale for answer in answers} == {True}
        assert not first.done()
        firestore.answers.set()
        assert not (await first).stale

    asyncio.run(poll())
    assert firestore.reads == 2


def test_while_firestore_fails_it_is_asked_as_seldom_as_otherwise(
    cache: ReleaseCache, firestore: Firestore
) -> None:
    ask(cache)
    firestore.error = Unavailable("gone")
    firestore.now = 10
    for _ in range(50):
        ask(cache)
    assert firestore.reads == 2


def test_when_firestore_answers_again_its_release_is_given_out(
    cache: ReleaseCache, firestore: Firestore
) -> None:
    ask(cache)
    firestore.error, firestore.now = Unavailable("gone"), 10
    assert ask(cache)[0].stale
    firestore.error, firestore.release, firestore.now = None, release_of(2), 20

    async def poll() -> KnownRelease:
        await cache.get()
        await until(lambda: cache._failing_since is None)
        return await cache.get()

    assert asyncio.run(poll()) == KnownRelease(release_of(2), 0, stale=False)


def test_no_release_is_no_fallback(cache: ReleaseCache, firestore: Firestore) -> None:
    firestore.release = None
    assert ask(cache)[0].release is None
    firestore.error, firestore.now = Unavailable("gone"), 10
    with pytest.raises(Unavailable):
        ask(cache)


def test_a_thousand_polls_within_the_time_are_one_read(
    cache: ReleaseCache, firestore: Firestore
) -> None:
    for second in range(5):
        firestore.now = second
        answers = ask(cache, 200)
        assert {(answer.age, answer.stale) for answer in answers} == {(second, False)}
    assert firestore.reads == 1
    firestore.now, firestore.release = 5, release_of(2)
    assert ask(cache) == [KnownRelease(release_of(2), 0, stale=False)]


def test_many_at_once_cause_one_read_and_get_its_result(firestore: Firestore) -> None:
    uncached = ReleaseCache(firestore.read, 0, 60)
    firestore.answers.clear()

    async def poll() -> set[Any]:
        polls = [asyncio.create_task(uncached.get()) for _ in range(100)]
        await until(lambda: firestore.reads)
        firestore.answers.set()
        return [(await each).release for each in polls]

    assert all(each == release_of(1) for each in asyncio.run(poll()))
    assert firestore.reads == 1


def test_what_this_process_wrote_counts_at_once_and_an_older_read_does_not(
    firestore: Firestore,
) -> None:
    patient = ReleaseCache(firestore.read, 5, 60, clock=lambda: firestore.now)
    firestore.answers.clear()

    async def poll() -> list[KnownRelease]:
        early = asyncio.create_task(patient.get())  # reads release 1, and is slow
        await until(lambda: firestore.reads == 1)
        with ThreadPoolExecutor() as pool:  # a route runs in a thread
            pool.submit(patient.note, release_of(2)).result()
        firestore.answers.set()
        return [await early, await patient.get()]

    assert all(known.release == release_of(2) for known in asyncio.run(poll()))
