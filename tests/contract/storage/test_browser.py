"""What a page sends to the emulators: uploads, corrections, and the questions of its browser."""

import json
from contextlib import closing
from typing import Any

import httpx
import pytest
from google.cloud import storage

from emulator.servers import Emulators, run_emulators
from tests.contract.firestore._client import connect

UPLOAD = "/v0/b/demo-redraw.appspot.com/o"
NAME = "drawings/corrections/d1.png"
MULTIPART = {
    "X-Goog-Upload-Protocol": "multipart",
    "Content-Type": "multipart/related; boundary=b",
}
DOCUMENT = "projects/demo/databases/(default)/documents/corrections/d1"
COMMIT = "/v1/projects/demo/databases/(default)/documents:commit"
TOKEN = {"Authorization": "Bearer token"}


def body(png: bytes = b"\x89PNG\r\n\x1a\n") -> bytes:
    metadata = json.dumps({"name": NAME, "contentType": "image/png"}).encode()
    return (
        b"--b\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
        + metadata
        + b"\r\n--b\r\nContent-Type: image/png\r\n\r\n"
        + png
        + b"\r\n--b--"
    )


def write(**fields: Any) -> dict[str, Any]:
    update = {"name": DOCUMENT, "fields": fields}
    transforms = [{"fieldPath": "timestamp", "setToServerValue": "REQUEST_TIME"}]
    return {
        "writes": [
            {
                "update": update,
                "updateTransforms": transforms,
                "currentDocument": {"exists": False},
            }
        ]
    }


def test_an_upload_of_firebase_s_client_is_stored(
    http: httpx.Client, bucket: storage.Bucket
) -> None:
    answer = http.post(UPLOAD, params={"name": NAME}, content=body(), headers=MULTIPART)
    assert (answer.status_code, answer.json()["name"]) == (200, NAME)
    blob = bucket.blob(NAME)
    assert blob.download_as_bytes() == b"\x89PNG\r\n\x1a\n"
    assert blob.content_type == "image/png"


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"Content-Type": "image/png"}, "multipart request"),
        ({"X-Goog-Upload-Protocol": "resumable"}, "multipart request"),
        (MULTIPART | TOKEN, "user's token"),
    ],
)
def test_another_upload_is_refused_by_name(
    http: httpx.Client, headers: dict[str, str], said: str
) -> None:
    answer = http.post(UPLOAD, params={"name": NAME}, content=body(), headers=headers)
    assert answer.status_code == 501
    assert said in answer.json()["error"]["message"]


def test_a_document_is_created_once_with_the_server_s_time(
    http: httpx.Client, emulators: Emulators
) -> None:
    emulators.reset()
    sent = write(status={"stringValue": "pending"}, confidence={"doubleValue": 1})
    assert http.post(COMMIT, json=sent).status_code == 200
    again = http.post(COMMIT, json=sent)
    assert (again.status_code, again.json()["error"]["status"]) == (409, "ALREADY_EXISTS")
    with closing(connect(emulators.firestore_host, "demo")) as client:
        found = client.document("corrections/d1").get()
    fields = found.to_dict()
    assert (fields["status"], fields["confidence"]) == ("pending", 1.0)
    assert isinstance(fields["confidence"], float)
    moment = found.create_time
    whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert fields["timestamp"] == whole  # Firestore cuts transforms to milliseconds


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{", {}, 400),
        (b"[]", {}, 400),
        (b'{"writes": [{"unheardOf": 1}]}', {}, 400),
        (b'{"writes": [{"update": {"name": "elsewhere"}}]}', {}, 400),
        (b"{}", TOKEN, 501),
    ],
)
def test_another_commit_is_refused(
    http: httpx.Client, content: bytes, headers: dict[str, str], status: int
) -> None:
    answer = http.post(COMMIT, content=content, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, status)


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:9"])
def test_a_page_of_this_machine_may_call_and_read(http: httpx.Client, origin: str) -> None:
    asked = {"Origin": origin, "Access-Control-Request-Headers": "content-type"}
    permission = http.options(COMMIT, headers=asked)
    assert permission.status_code == 204
    assert permission.headers["access-control-allow-origin"] == origin
    assert permission.headers["access-control-allow-headers"] == "content-type"
    refused = http.post(COMMIT, content=b"{", headers={"Origin": origin})
    assert refused.headers["access-control-allow-origin"] == origin


@pytest.mark.parametrize(
    ("method", "path", "origin"),
    [
        ("POST", COMMIT, "https://game.example"),
        ("POST", COMMIT, "http://localhost.evil.example"),
        ("DELETE", "/emulator/v1/state", "http://localhost"),
        ("GET", "/storage/v1/b/demo/o", "http://localhost"),
    ],
)
def test_no_other_page_may_read_and_none_may_do_what_browsers_need_not(
    http: httpx.Client, method: str, path: str, origin: str
) -> None:
    for answer in (
        http.request(method, path, headers={"Origin": origin}),
        http.options(path, headers={"Origin": origin, "Access-Control-Request-Method": method}),
    ):
        assert "access-control-allow-origin" not in answer.headers


def test_beside_another_firestore_there_are_no_commits() -> None:
    with run_emulators(firestore_host="127.0.0.1:1") as emulators:
        answer = httpx.post(emulators.storage_host + COMMIT, json=write())
    assert answer.status_code == 501
