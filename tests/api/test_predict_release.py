"""What guesses: the release, followed; whatever fails, what was there goes on."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.errors import Unavailable
from pipeline.ports import Ports
from pipeline.settings import Settings
from pipeline.signing.keys import make_key
from pipeline.storage_paths import manifest_path
from pipeline.versions.signatures import sign_manifest
from tests.api._guessing import BASE64, publish_guesser

URL = "/v1/predict"
FIRST, WEIGHTS = "v1.0.1", "models/production/{}/weights.bin"


class Switch:
    """A port that answers, or not."""

    def __init__(self, port: Any) -> None:
        self.port, self.down = port, False

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            if self.down:
                raise Unavailable("secret-host")
            return getattr(self.port, name)(*args, **options)

        return call


def send(client: TestClient) -> Any:
    return client.post(URL, json={"canvas": BASE64})


def wait_for(client: TestClient, version: str) -> None:
    """Ask until a version guesses: it is loaded in the background."""
    for _ in range(2_000):
        if send(client).json()["version"] == version:
            return
    raise AssertionError(f"{version} never guessed")


def test_before_the_first_release_there_is_nothing(
    stranger: TestClient, ports: Ports, is_problem: Callable[..., Any]
) -> None:
    is_problem(send(stranger), 404, "no-release")
    publish_guesser(ports, released=False)
    is_problem(send(stranger), 404, "no-release")


def test_it_follows_the_release_there_and_back(stranger: TestClient, ports: Ports) -> None:
    publish_guesser(ports, 1)
    assert send(stranger).json()["version"] == FIRST
    publish_guesser(ports, 2)
    wait_for(stranger, "v1.0.2")
    ports.models.promote(FIRST, by="owner", why="it is better")
    wait_for(stranger, FIRST)


def test_a_version_that_cannot_be_loaded_changes_nothing(stranger: TestClient, ports: Any) -> None:
    publish_guesser(ports, 1)
    before = send(stranger).json()
    publish_guesser(ports, 2)
    ports.artefacts.objects[WEIGHTS.format("v1.0.2")] = b"damaged"
    for _ in range(20):
        assert send(stranger).json()["top"] == before["top"]
    publish_guesser(ports, 3)
    wait_for(stranger, "v1.0.3")


@pytest.mark.parametrize("name", [WEIGHTS.format(FIRST), manifest_path(FIRST)])
@pytest.mark.parametrize("damage", [b"damaged", None])
def test_without_any_version_that_can_be_loaded_it_is_unavailable(
    stranger: TestClient,
    ports: Any,
    is_problem: Callable[..., Any],
    *,
    name: str,
    damage: bytes | None,
) -> None:
    publish_guesser(ports)
    whole = ports.artefacts.objects.pop(name)
    if damage is not None:
        ports.artefacts.objects[name] = damage
    answer = send(stranger)
    is_problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"]
    ports.artefacts.objects[name] = whole
    wait_for(stranger, FIRST)


def test_while_firestore_and_storage_are_down_the_last_version_guesses(
    connect: Callable[..., TestClient], ports: Ports, is_problem: Callable[..., Any]
) -> None:
    publish_guesser(ports)
    models, artefacts = Switch(ports.models), Switch(ports.artefacts)
    client = connect(ports=replace(ports, models=models, artefacts=artefacts))  # type: ignore[arg-type]
    artefacts.down = True
    problem = is_problem(send(client), 503, "unavailable")
    assert "secret-host" not in str(problem)
    artefacts.down = False
    wait_for(client, FIRST)
    models.down = artefacts.down = True
    for _ in range(3):
        assert send(client).json()["version"] == FIRST


def test_a_trial_that_cannot_be_loaded_leaves_the_released_version(
    stranger: TestClient, ports: Any, settings: Settings
) -> None:
    from pipeline.trial.starting import start_trial

    publish_guesser(ports, 1)
    publish_guesser(ports, 2, released=False)
    start_trial(
        "v1.0.2", ports, settings.with_changes(trial={"kind": "canary", "share": 1.0}), "owner"
    )
    whole = ports.artefacts.objects.pop(WEIGHTS.format("v1.0.2"))
    body = {"canvas": BASE64, "player": "pia"}
    assert stranger.post(URL, json=body).json()["version"] == FIRST
    ports.artefacts.objects[WEIGHTS.format("v1.0.2")] = whole
    for _ in range(2_000):
        if stranger.post(URL, json=body).json()["version"] == "v1.0.2":
            return
    raise AssertionError("the version on trial never guessed")


def test_where_keys_are_trusted_an_unsigned_version_does_not_guess(
    connect: Callable[..., TestClient],
    settings: Settings,
    ports: Any,
    is_problem: Callable[..., Any],
) -> None:
    publish_guesser(ports)
    key, other = make_key(), make_key()
    client = connect(settings=settings.with_changes(trusted_keys=(key.public.text,)))
    manifest = ports.artefacts.read(manifest_path(FIRST))
    is_problem(send(client), 503, "unavailable")
    for signer, guesses in ((other, False), (key, True)):
        name, signature = sign_manifest(manifest, signer)
        ports.artefacts.objects[f"models/production/{FIRST}/{name}"] = signature
        if guesses:
            wait_for(client, FIRST)
        else:
            is_problem(send(client), 503, "unavailable")
