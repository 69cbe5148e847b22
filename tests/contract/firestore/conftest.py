"""The embedded Firestore server and Google's emulator, seen through Google's own client."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from google.cloud import firestore

from emulator.servers import Emulators, run_emulators
from tests._official import official_only
from tests.contract.firestore._client import connect

INDEXES = """{"indexes": [
  {"collectionGroup": "c", "queryScope": "COLLECTION", "fields": [
    {"fieldPath": "a", "order": "ASCENDING"}, {"fieldPath": "n", "order": "DESCENDING"}]},
  {"collectionGroup": "c", "queryScope": "COLLECTION", "fields": [
    {"fieldPath": "b", "order": "ASCENDING"}, {"fieldPath": "n", "order": "DESCENDING"}]}
]}"""


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulators]:
    indexes = tmp_path_factory.mktemp("indexes") / "firestore.indexes.json"
    indexes.write_text(INDEXES)
    with run_emulators(indexes=indexes) as emulators:
        yield emulators


@pytest.fixture(
    scope="session",
    params=["embedded", pytest.param("official", marks=[official_only, pytest.mark.slow])],
)
def host(request: pytest.FixtureRequest) -> str:
    """The embedded server and Google's: each test holds for both."""
    found = request.getfixturevalue(request.param)
    return found if isinstance(found, str) else found.firestore_host


@pytest.fixture
def client(host: str) -> Iterator[firestore.Client]:
    with closing(connect(host)) as client:
        yield client


@pytest.fixture
def c(client: firestore.Client) -> firestore.CollectionReference:
    return client.collection("c")


@pytest.fixture
def ours(embedded: Emulators) -> Iterator[firestore.Client]:
    """The embedded server alone, where it differs from Google's emulator on purpose."""
    with closing(connect(embedded.firestore_host)) as client:
        yield client
