"""A receiver, and settings that name it."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.settings import Settings
from tests._receiver import Receiver, receiving

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


@pytest.fixture
def settings(receiver: Receiver) -> Settings:
    return Settings(_env_file=None, webhook={"url": receiver.url, "secret": SECRET})


@pytest.fixture
def ports() -> Any:
    return in_memory()
