"""The files of versions over HTTP: to all, as they were published, while the version stands."""

import hashlib
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.errors import NotFound, Unavailable
from pipeline.ports import Ports
from pipeline.records.versions import (
    FIRST_VERSION,
    ModelMetrics,
    ModelVersion,
    VersionFile,
    VersionStatus,
)
from pipeline.storage_paths import VERSION_FILE, manifest_path
from service.http.problems import ProblemError
from service.versions.version_files import VersionFiles

VERSION = "v1.0.0"
FILES = {
    "weights.bin": bytes(range(256)),
    "report.html": b"<!DOCTYPE html><title>v1.0.0</title>",
    "manifest.json": json.dumps({"version": VERSION}).encode(),
}
SIGNATURE = "signature-0123456789abcdef.json"
METRICS = ModelMetrics(accuracy=0.9, loss=0.3, training_samples=100, corrections=0)


def path_of(name: str) -> str:
    return VERSION_FILE.fill(version=VERSION, name=name)


class CountingPorts:
    """A registry and a Storage that count what they are asked."""

    def __init__(self, ports: Ports) -> None:
        self.ports = replace(ports, models=self, artefacts=self)
        self.model = ModelVersion(
            version=VERSION,
            storage_path="",
            status=VersionStatus.READY,
            files=[VersionFile.of(path_of(name), data) for name, data in FILES.items()],
        )
        self.objects = {path_of(name): data for name, data in FILES.items()}
        self.looks, self.reads = 0, 0
        self.error: Exception | None = None
        self.may_answer = threading.Event()
        self.may_answer.set()

    def get(self, version: str) -> ModelVersion:
        self.looks += 1
        self.may_answer.wait()
        if self.error:
            raise self.error
        if version != VERSION:
            raise NotFound(f"there is no version {version}")
        return self.model

    def release(self) -> None:
        """Nothing is released."""

    def read(self, path: str, max_bytes: int | None = None) -> bytes:
        del max_bytes
        self.reads += 1
        self.may_answer.wait()
        if self.error:
            raise self.error
        return self.objects[path]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def counting(ports: Ports) -> CountingPorts:
    return CountingPorts(ports)


@pytest.fixture
def published(ports: Any) -> Any:
    """Ports that hold v1.0.0, ready, with FILES."""
    draft = ModelVersion(version="", storage_path="", dataset_revision=0, run_id="run-1")
    ports.models.reserve("run-1", lambda _: FIRST_VERSION, draft)
    for name, data in FILES.items():
        ports.artefacts.create(path_of(name), data)
    files = [VersionFile.of(path_of(name), data) for name, data in FILES.items()]
    ports.models.commit(VERSION, files, METRICS)
    return ports


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("weights.bin", "application/octet-stream"),
        ("report.html", "text/html; charset=utf-8"),
        ("manifest.json", "application/json"),
    ],
)
@pytest.mark.usefixtures("published")
def test_anybody_gets_each_file_as_it_was_published(
    stranger: TestClient, name: str, kind: str
) -> None:
    answer = stranger.get(f"/v1/models/{VERSION}/files/{name}")
    assert (answer.status_code, answer.content) == (200, FILES[name])
    assert answer.headers["content-type"] == kind
    assert answer.headers["etag"] == f'"{hashlib.sha256(FILES[name]).hexdigest()}"'
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.usefixtures("published")
def test_a_caller_who_has_the_file_gets_it_not_again(stranger: TestClient) -> None:
    url = f"/v1/models/{VERSION}/files/weights.bin"
    tag = stranger.get(url).headers["etag"]
    unchanged = stranger.get(url, headers={"If-None-Match": tag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["etag"] == tag
    assert stranger.get(url, headers={"If-None-Match": '"other"'}).status_code == 200
    head = stranger.head(url)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(FILES["weights.bin"]))


@pytest.mark.usefixtures("published")
def test_a_page_of_a_version_may_run_no_script(stranger: TestClient) -> None:
    answer = stranger.get(f"/v1/models/{VERSION}/files/report.html")
    assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


@pytest.mark.usefixtures("published")
def test_a_page_of_another_origin_may_ask_with_if_none_match(stranger: TestClient) -> None:
    answer = stranger.options(
        f"/v1/models/{VERSION}/files/weights.bin",
        headers={
            "Origin": "https://game.example",
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "if-none-match",
        },
    )
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "if-none-match" in answer.headers["access-control-allow-headers"]


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    "path", ["v1.0.0/files/other.bin", "v9.9.9/files/weights.bin", f"v1.0.0/files/{SIGNATURE}"]
)
def test_what_there_is_not_is_not_found(
    stranger: TestClient, is_problem: Callable[..., Any], path: str
) -> None:
    is_problem(stranger.get(f"/v1/models/{path}"), 404, "not-found")


def test_an_object_that_no_version_lists_is_not_given_out(
    stranger: TestClient, published: Any, is_problem: Callable[..., Any]
) -> None:
    published.artefacts.create(path_of("secret.json"), b"{}")
    is_problem(stranger.get(f"/v1/models/{VERSION}/files/secret.json"), 404, "not-found")


def test_a_signature_that_came_later_is_given_out(stranger: TestClient, published: Any) -> None:
    published.artefacts.create(path_of(SIGNATURE), b"{}")
    answer = stranger.get(f"/v1/models/{VERSION}/files/{SIGNATURE}")
    assert (answer.status_code, answer.content) == (200, b"{}")
    assert answer.headers["etag"] == f'"{hashlib.sha256(b"{}").hexdigest()}"'


def test_a_version_that_is_not_ready_has_no_files(
    stranger: TestClient, version: Callable[..., str], is_problem: Callable[..., Any]
) -> None:
    name = version(ready=False)
    is_problem(stranger.get(f"/v1/models/{name}/files/manifest.json"), 404, "not-found")


def test_a_withdrawn_version_is_gone_though_its_files_were_kept(
    counting: CountingPorts, connect: Callable[..., TestClient], is_problem: Callable[..., Any]
) -> None:
    client = connect(ports=counting.ports)
    url = f"/v1/models/{VERSION}/files/weights.bin"
    assert client.get(url).status_code == 200
    counting.model = counting.model.model_copy(update={"status": VersionStatus.WITHDRAWN})
    is_problem(client.get(url), 410, "withdrawn")


@pytest.mark.parametrize("data", [b"damaged", None])
def test_a_damaged_file_is_never_given_out(
    stranger: TestClient, published: Any, is_problem: Callable[..., Any], data: bytes | None
) -> None:
    del published.artefacts.objects[manifest_path(VERSION)]
    if data is not None:
        published.artefacts.objects[manifest_path(VERSION)] = data
    is_problem(stranger.get(f"/v1/models/{VERSION}/files/manifest.json"), 500, "damaged-file")


def test_many_players_cause_one_read_of_the_document_and_one_of_the_file(
    counting: CountingPorts,
) -> None:
    files = VersionFiles(counting.ports, fresh_seconds=5, clock=Clock())
    counting.may_answer.clear()
    with ThreadPoolExecutor(8) as players:
        answers = [players.submit(files.get, VERSION, "weights.bin") for _ in range(8)]
        counting.may_answer.set()
        assert {answer.result().data for answer in answers} == {FILES["weights.bin"]}
    files.get(VERSION, "weights.bin")
    assert (counting.looks, counting.reads) == (1, 1)


def test_the_document_is_read_again_after_a_while_but_the_file_is_not(
    counting: CountingPorts,
) -> None:
    clock = Clock()
    files = VersionFiles(counting.ports, fresh_seconds=5, clock=clock)
    for clock.now in (0, 4.9, 5, 9.9, 10):
        files.get(VERSION, "weights.bin")
    assert (counting.looks, counting.reads) == (3, 1)


def test_what_is_kept_is_bounded_and_the_file_asked_for_longest_ago_goes_first(
    counting: CountingPorts,
) -> None:
    most = len(FILES["weights.bin"]) + len(FILES["report.html"])
    files = VersionFiles(counting.ports, 5, most_bytes=most, clock=Clock())
    for name in ("report.html", "weights.bin", "manifest.json", "weights.bin"):
        files.get(VERSION, name)
    assert counting.reads == 3
    files.get(VERSION, "report.html")
    assert counting.reads == 4


def test_a_file_larger_than_what_may_be_kept_is_given_out_all_the_same(
    counting: CountingPorts,
) -> None:
    files = VersionFiles(counting.ports, 5, most_bytes=1, clock=Clock())
    for _ in range(2):
        assert files.get(VERSION, "weights.bin").data == FILES["weights.bin"]
    assert counting.reads == 2


def test_while_firestore_does_not_answer_known_versions_are_given_out(
    counting: CountingPorts,
) -> None:
    clock = Clock()
    files = VersionFiles(counting.ports, 5, clock=clock)
    files.get(VERSION, "weights.bin")
    clock.now, counting.error = 100, Unavailable("Firestore is down")
    assert files.get(VERSION, "weights.bin").data == FILES["weights.bin"]
    with pytest.raises(Unavailable):
        files.get("v1.0.1", "weights.bin")


def test_after_a_failure_the_file_is_read_again(counting: CountingPorts) -> None:
    files = VersionFiles(counting.ports, 5, clock=Clock())
    whole = counting.objects[path_of("weights.bin")]
    counting.objects[path_of("weights.bin")] = b"damaged"
    with pytest.raises(ProblemError, match="damaged in Storage"):
        files.get(VERSION, "weights.bin")
    counting.objects[path_of("weights.bin")] = whole
    assert files.get(VERSION, "weights.bin").data == whole
