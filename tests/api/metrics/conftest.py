"""A service over a project in memory, with a Redis."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from pipeline.settings import Settings
from service.metrics import exposition
from tests.api.conftest import API_KEY
from tests.api.metrics._project import a_redis


@pytest.fixture
def fresh_settings(settings: Settings) -> Settings:
    """Nothing is kept between two scrapes, and there is a receiver of notifications."""
    metrics = settings.metrics.model_copy(update={"cache_seconds": 0})
    webhook = settings.webhook.model_copy(update={"url": SecretStr("https://receiver.example/")})
    return settings.model_copy(update={"metrics": metrics, "webhook": webhook})


@pytest.fixture
def scraper(
    connect: Callable[..., TestClient], fresh_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., TestClient]:
    """A client of a service that waits for as long as reading takes, on any machine."""
    monkeypatch.setattr(exposition, "PENDING_SECONDS", 0)
    monkeypatch.setattr(exposition, "FILES_SECONDS", 0)

    def make(**parts: Any) -> TestClient:
        given = {"settings": fresh_settings, "redis": a_redis(), "answer_seconds": 60, **parts}
        return connect({"X-API-Key": API_KEY}, **given)

    return make
