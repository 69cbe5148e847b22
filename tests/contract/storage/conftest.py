"""The embedded Storage server, seen through Google's own client and by plain HTTP."""

from collections.abc import Iterator

import httpx
import pytest
from google.cloud import storage

from emulator.servers import Emulators, run_emulators
from tests.contract.storage._client import connect


@pytest.fixture(scope="session")
def emulators() -> Iterator[Emulators]:
    with run_emulators() as emulators:
        yield emulators


@pytest.fixture(scope="session")
def client(emulators: Emulators) -> storage.Client:
    return connect(emulators.storage_host)


@pytest.fixture
def bucket(emulators: Emulators, client: storage.Client) -> storage.Bucket:
    emulators.reset()
    return client.bucket("demo-redraw.appspot.com")


@pytest.fixture
def http(emulators: Emulators) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=emulators.storage_host) as http:
        yield http
