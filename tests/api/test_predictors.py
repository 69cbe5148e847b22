"""The versions in memory: exchanged as a whole, loaded once, and not again and again in vain."""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.errors import InvalidModel, RedrawError
from pipeline.records.trials import TrialKind, TrialOffer
from pipeline.records.versions import Release
from pipeline.versions.serving import ServedVersion
from service.backends.budget import Budgeted, allow
from service.versions.predictors import Predictors
from service.versions.release_cache import ReleaseCache
from tests.api._guessing import SURE
from tests.clients._models import make_predictor

MODEL = make_predictor(0, 2)
LONG = 100.0  # seconds


class World:
    """A release, versions that load or not, and a clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.release: Release | None = self.name("v1.0.0")
        self.broken: set[str] = set()
        self.loads: list[str] = []
        self.allowed = 0.0
        self.may_load = threading.Event()
        self.may_load.set()
        cache = ReleaseCache(lambda: self.release, 5, clock=lambda: self.now)
        self.predictors = Predictors(cache, self.load, 5, clock=lambda: self.now)

    def name(self, version: str, trial: str | None = None) -> Release:
        offer = trial and TrialOffer(
            version=trial, share=1, salt="s", kind=TrialKind.SHADOW, manifest_path=""
        )
        return Release(
            version=version, manifest_path="", fence=1, updated_at=datetime.now(UTC), trial=offer
        )

    def load(self, version: str) -> ServedVersion:
        self.loads.append(version)
        self.allowed = allow(LONG)
        self.may_load.wait(60)
        if version in self.broken:
            raise InvalidModel(f"{version} is damaged")
        return ServedVersion(version, ("a", "b"), SURE, MODEL)

    async def get(self) -> str:
        serving = await self.predictors.get()
        assert serving is not None
        return serving.champion.version


@pytest.fixture
def world() -> World:
    return World()


def run(story: Callable[[], Any]) -> None:
    asyncio.run(story())


def test_all_who_ask_first_wait_for_one_load(world: World) -> None:
    async def story() -> None:
        assert set(await asyncio.gather(*(world.get() for _ in range(20)))) == {"v1.0.0"}
        assert world.loads == ["v1.0.0"]

    run(story)


def test_while_another_version_is_loaded_the_one_before_guesses(world: World) -> None:
    async def story() -> None:
        await world.get()
        world.release = world.name("v1.0.1")
        world.may_load.clear()
        world.now += 6
        while len(world.loads) < 2:
            assert await world.get() == "v1.0.0"
            await asyncio.sleep(0.001)
        assert await world.get() == "v1.0.0"
        world.may_load.set()
        await wait_for(world, "v1.0.1")
        assert world.loads == ["v1.0.0", "v1.0.1"]

    run(story)


async def wait_for(world: World, version: str) -> None:
    for _ in range(3_000):
        if await world.get() == version:
            return
        await asyncio.sleep(0.001)
    raise AssertionError(f"{version} never guessed")


def test_what_failed_is_tried_again_but_not_at_once(world: World) -> None:
    async def story() -> None:
        world.broken.add("v1.0.0")
        for _ in range(3):
            with pytest.raises(RedrawError, match=r"v1\.0\.0 is damaged"):
                await world.get()
        assert world.loads == ["v1.0.0"]
        world.broken.clear()
        world.now += 6
        assert await world.get() == "v1.0.0"

    run(story)


def test_a_defect_while_loading_is_told_to_who_waits(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        world.predictors._load = lambda _: 1 / 0  # type: ignore[assignment, return-value]
        with pytest.raises(RedrawError, match="cannot be loaded: division by zero"):
            await world.get()
        assert "ZeroDivisionError" in caplog.text

    run(story)


def test_a_load_may_take_longer_than_the_request_that_began_it(world: World) -> None:
    async def app(*_: Any) -> None:
        assert allow(LONG) < 1
        assert await world.get() == "v1.0.0"

    async def story() -> None:
        nothing: Any = None
        await Budgeted(app, 0.5)({"type": "http"}, nothing, nothing)
        assert world.allowed == LONG

    run(story)


def test_a_version_that_is_there_is_not_loaded_again(world: World) -> None:
    async def story() -> None:
        world.release = world.name("v1.0.0", trial="v1.0.1")
        await world.get()
        world.release = world.name("v1.0.1", trial="v1.0.0")
        world.now += 20
        await wait_for(world, "v1.0.1")
        assert world.loads == ["v1.0.0", "v1.0.1"]

    run(story)


def test_who_asks_after_a_long_silence_gets_the_newest_release(world: World) -> None:
    async def story() -> None:
        await world.get()
        world.release = None
        world.now += 3_600
        assert await world.predictors.get() is None

    run(story)


def test_no_guess_sees_half_of_an_exchange(world: World) -> None:
    """Versions and trials are exchanged while others ask: each answer is of one release."""

    async def story() -> None:
        seen = set()
        for number in range(40):
            world.release = world.name(f"v1.0.{number}", trial=f"v1.0.{number + 1}")
            world.now += 20
            for _ in range(10):
                serving = await world.predictors.get()
                assert serving is not None
                assert serving.champion.version == serving.release.version
                assert serving.release.trial is not None
                assert serving.tried is not None
                assert serving.tried.version == serving.release.trial.version
                seen.add(serving.champion.version)
                await asyncio.sleep(0)
            await wait_for(world, f"v1.0.{number}")
        assert len(seen) > 1

    run(story)
