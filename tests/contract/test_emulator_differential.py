"""Random operations have the same answers on the embedded Firestore and on Google's."""

import uuid
from contextlib import ExitStack, closing

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from emulator.servers import run_emulators
from tests._official import official_only
from tests.contract._operations import World, answer_to, operations


class EveryIndex:
    """Asks for no composite index, as Google's emulator does; in place of `emulator.indexes`."""

    def check(self, query: object) -> None:
        """Every query may be answered."""


def differences(official: str, seed: int, count: int, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("emulator.servers.Indexes", lambda _: EveryIndex())
    with ExitStack() as stack:
        emulators = stack.enter_context(run_emulators())
        worlds = []
        for host in (emulators.firestore_host, official):
            patch.setenv("FIRESTORE_EMULATOR_HOST", host)
            client = firestore.Client(
                project=f"demo-{uuid.uuid4().hex}", credentials=AnonymousCredentials()
            )
            worlds.append(World(stack.enter_context(closing(client))))
        for number, operation in enumerate(operations(seed, count)):
            ours, googles = (answer_to(operation, world) for world in worlds)
            assert ours == googles, f"operation {number} of seed {seed}"


@official_only
@pytest.mark.slow
def test_300_random_operations_have_the_same_answers(
    official: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    differences(official, 0, 300, monkeypatch)


@official_only
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 11))
def test_5000_random_operations_have_the_same_answers(
    official: str, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    differences(official, seed, 500, monkeypatch)
