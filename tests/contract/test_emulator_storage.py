"""The embedded Storage server, through Google's client and, for details, plain HTTP."""

import base64
import hashlib
import io
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from emulator.servers import Emulators, running_emulators

CHUNK = 256 * 1024


def connect(host: str) -> storage.Client:
    options = {"api_endpoint": host}
    return storage.Client(
        project="demo-redraw", credentials=AnonymousCredentials(), client_options=options
    )


@pytest.fixture(scope="module")
def emulators() -> Iterator[Emulators]:
    with running_emulators() as emulators:
        yield emulators


@pytest.fixture(scope="module")
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


def test_an_object_comes_back_as_it_was_put(bucket: storage.Bucket) -> None:
    blob = bucket.blob("drawings/corrections/é ü%2F#?.png")
    blob.metadata = {"player": "p1"}
    blob.upload_from_string(b"\x00\xff\r\n--", content_type="image/png")
    found = bucket.get_blob(blob.name)
    assert (
        found.download_as_bytes(checksum="md5")
        == found.download_as_bytes(checksum="crc32c")
        == b"\x00\xff\r\n--"
    )
    assert (found.content_type, found.size, found.metadata) == ("image/png", 6, {"player": "p1"})
    assert found.md5_hash == base64.b64encode(hashlib.md5(b"\x00\xff\r\n--").digest()).decode()
    assert found.generation == blob.generation
    assert found.metageneration == 1
    assert found.exists()


def test_an_empty_object_is_an_object(bucket: storage.Bucket) -> None:
    bucket.blob("empty").upload_from_string(b"")
    assert bucket.blob("empty").download_as_bytes() == b""


def test_an_object_is_created_once(bucket: storage.Bucket) -> None:
    bucket.blob("a").upload_from_string(b"first", if_generation_match=0)
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.blob("a").upload_from_string(b"second", if_generation_match=0)
    assert bucket.blob("a").download_as_bytes() == b"first"


def test_of_many_who_create_an_object_one_succeeds(bucket: storage.Bucket) -> None:
    def create(number: int) -> bool:
        try:
            bucket.blob("a").upload_from_string(str(number), if_generation_match=0)
        except exceptions.PreconditionFailed:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(create, range(8))) == 1


def test_the_other_preconditions_hold_too(bucket: storage.Bucket) -> None:
    blob = bucket.blob("a")
    blob.upload_from_string(b"1")
    first = blob.generation
    blob.upload_from_string(b"2", if_generation_match=first)
    assert blob.generation > first
    for refused in (
        lambda: blob.upload_from_string(b"3", if_generation_match=first),
        lambda: blob.upload_from_string(b"3", if_generation_not_match=blob.generation),
        lambda: blob.delete(if_generation_match=first),
        lambda: blob.reload(if_metageneration_match=9),
        lambda: blob.patch(if_metageneration_match=9),
        lambda: bucket.blob("a").download_as_bytes(if_generation_match=first),
    ):
        with pytest.raises(exceptions.PreconditionFailed):
            refused()
    with pytest.raises(exceptions.NotModified):
        blob.reload(if_generation_not_match=blob.generation)
    with pytest.raises(exceptions.NotFound):
        bucket.blob("a", generation=first).download_as_bytes()
    blob.delete(if_generation_match=blob.generation)
    assert not blob.exists()


def test_the_metadata_of_an_object_can_be_changed(bucket: storage.Bucket) -> None:
    blob = bucket.blob("a")
    blob.metadata = {"kept": "1", "gone": "1"}
    blob.upload_from_string(b"1")
    blob.metadata = {"gone": None, "new": "1"}
    blob.cache_control = "no-store"
    blob.patch()
    found = bucket.get_blob("a")
    assert found.metadata == {"kept": "1", "new": "1"}
    assert (found.cache_control, found.metageneration, found.generation) == (
        "no-store",
        2,
        blob.generation,
    )


@pytest.mark.parametrize(
    "size", [5 * CHUNK, 5 * CHUNK + 7, 3], ids=["whole chunks", "a rest", "less than one"]
)
def test_a_chunked_upload_arrives_whole(bucket: storage.Bucket, size: int) -> None:
    data = os.urandom(size)
    blob = bucket.blob("big", chunk_size=CHUNK)
    blob.upload_from_file(io.BytesIO(data), if_generation_match=0, checksum="crc32c")
    assert bucket.blob("big").download_as_bytes() == data
    assert bucket.blob("big", chunk_size=CHUNK).download_as_bytes() == data


def test_a_file_of_unknown_length_is_streamed(bucket: storage.Bucket) -> None:
    with bucket.blob("stream").open("wb", chunk_size=CHUNK) as file:
        for _ in range(10):
            file.write(b"x" * 100_000)
    with bucket.blob("stream").open("rb", chunk_size=CHUNK) as file:
        assert file.read() == b"x" * 1_000_000


def test_an_upload_goes_on_where_it_was_cut(bucket: storage.Bucket, http: httpx.Client) -> None:
    data = os.urandom(4 * CHUNK)
    address = bucket.blob("big").create_resumable_upload_session(size=len(data))
    parts = urlsplit(address)
    assert parts.hostname
    with socket.create_connection((parts.hostname, parts.port or 80)) as cut:
        head = (
            f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n"
        )
        cut.sendall(
            f"{head}Content-Range: bytes 0-{len(data) - 1}/{len(data)}\r\n\r\n".encode()
            + data[:700_000]
        )
    for _ in range(200):
        status = http.put(address, headers={"content-range": f"bytes */{len(data)}"})
        if status.headers.get("range") == "bytes=0-699999":
            break
    assert status.status_code == 308
    assert not bucket.blob("big").exists()
    sent_before = 600_000
    rest = {"content-range": f"bytes {sent_before}-{len(data) - 1}/{len(data)}"}
    assert http.put(address, content=data[sent_before:], headers=rest).json()["size"] == str(
        len(data)
    )
    assert (
        http.put(address, headers={"content-range": f"bytes */{len(data)}"}).status_code == 200
    ), "it may be asked again"
    assert bucket.blob("big").download_as_bytes() == data


def test_bytes_that_do_not_match_their_checksum_are_refused(
    bucket: storage.Bucket, http: httpx.Client
) -> None:
    path = f"/upload/storage/v1/b/{bucket.name}/o?uploadType=media&name=a"
    assert (
        http.post(
            path, content=b"x", headers={"x-goog-hash": "md5=AAAAAAAAAAAAAAAAAAAAAA=="}
        ).status_code
        == 400
    )
    assert not bucket.blob("a").exists()
    assert http.post(path, content=b"x").status_code == 200


def test_ranges_are_served(bucket: storage.Bucket, http: httpx.Client) -> None:
    blob = bucket.blob("a")
    blob.upload_from_string(b"0123456789")
    assert blob.download_as_bytes(start=2, end=4) == b"234"
    assert blob.download_as_bytes(start=7) == b"789"
    assert blob.download_as_bytes(start=-3) == b"789"
    assert blob.download_as_bytes(start=8, end=99) == b"89"
    with pytest.raises(exceptions.RequestRangeNotSatisfiable):
        blob.download_as_bytes(start=10)
    answer = http.get(f"/storage/v1/b/{bucket.name}/o/a?alt=media", headers={"range": "bytes=2-4"})
    assert (answer.status_code, answer.content, answer.headers["content-range"]) == (
        206,
        b"234",
        "bytes 2-4/10",
    )


def test_what_is_missing_is_404(bucket: storage.Bucket) -> None:
    for call in (
        bucket.blob("no").download_as_bytes,
        bucket.blob("no").reload,
        bucket.blob("no").delete,
    ):
        with pytest.raises(exceptions.NotFound):
            call()
    assert bucket.get_blob("no") is None


def test_objects_are_listed_by_prefix_and_page(
    client: storage.Client, bucket: storage.Bucket
) -> None:
    for name in ("a/1", "a/2", "a/b/3", "b"):
        bucket.blob(name).upload_from_string(b"")
    assert [blob.name for blob in bucket.list_blobs(prefix="a/")] == ["a/1", "a/2", "a/b/3"]
    assert [blob.name for blob in bucket.list_blobs(page_size=2)] == ["a/1", "a/2", "a/b/3", "b"]
    assert list(client.list_blobs("another-bucket")) == []


def test_firebase_clients_download_from_v0(bucket: storage.Bucket, http: httpx.Client) -> None:
    bucket.blob("models/v1.0.0/m.h5").upload_from_string(b"model")
    assert http.get(f"/v0/b/{bucket.name}/o/models%2Fv1.0.0%2Fm.h5?alt=media").content == b"model"
    assert http.get(f"/v0/b/{bucket.name}/o/no?alt=media").status_code == 404


def test_buckets_are_there_without_being_made(
    client: storage.Client, bucket: storage.Bucket
) -> None:
    assert bucket.exists()
    assert client.get_bucket("new").name == "new"


@pytest.mark.parametrize(
    "call",
    [
        lambda bucket, blob: bucket.copy_blob(blob, bucket, "b"),
        lambda bucket, blob: bucket.blob("b").rewrite(blob),
        lambda bucket, blob: bucket.blob("b").compose([blob]),
        lambda _, blob: blob.acl.reload(),
        lambda _, blob: blob.update(),
        lambda bucket, _: list(bucket.list_blobs(versions=True)),
        lambda bucket, _: list(bucket.list_blobs(delimiter="/")),
        lambda bucket, _: list(bucket.list_blobs(start_offset="b")),
        lambda bucket, _: bucket.create(),
        lambda bucket, _: list(bucket.client.list_buckets()),
        lambda bucket, _: bucket.delete(),
    ],
    ids=[
        "copyTo",
        "rewriteTo",
        "compose",
        "acl",
        "update",
        "versions",
        "delimiter",
        "offset",
        "create bucket",
        "list buckets",
        "delete bucket",
    ],
)
def test_unsupported_calls_are_refused_by_name(
    bucket: storage.Bucket, call: Callable[[Any, Any], Any]
) -> None:
    blob = bucket.blob("a")
    blob.upload_from_string(b"1")
    with pytest.raises(exceptions.MethodNotImplemented, match=r"does not support .*/storage/v1/b"):
        call(bucket, blob)


def test_encodings_that_would_have_to_be_undone_are_refused(bucket: storage.Bucket) -> None:
    blob = bucket.blob("a")
    blob.content_encoding = "gzip"
    with pytest.raises(exceptions.MethodNotImplemented, match="contentEncoding"):
        blob.upload_from_string(b"1")


def test_objects_survive_a_restart_and_leftovers_do_not(tmp_path: Path) -> None:
    with running_emulators(tmp_path) as emulators:
        bucket = connect(emulators.storage_host).bucket("b")
        bucket.blob("a").upload_from_string(b"old")
        bucket.blob("a").upload_from_string(b"kept")
        bucket.blob("gone").upload_from_string(b"gone")
        bucket.blob("gone").delete()
        bucket.blob("half").create_resumable_upload_session(size=10)
        generation = bucket.get_blob("a").generation
    with running_emulators(tmp_path) as emulators:
        bucket = connect(emulators.storage_host).bucket("b")
        assert bucket.blob("a").download_as_bytes() == b"kept"
        assert [blob.name for blob in bucket.list_blobs()] == ["a"]
        bucket.blob("a").upload_from_string(b"new", if_generation_match=generation)
        assert bucket.get_blob("a").generation > generation
    assert len(list((tmp_path / "objects").iterdir())) == 1
    assert not list((tmp_path / "incoming").iterdir())


SERVE = """
import pathlib, sys
from emulator.servers import serve
serve(pathlib.Path(sys.argv[1]), 0, 0, lambda started: print(started.storage_host, flush=True))
"""


def start(folder: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout as output:
        return process, output.readline().strip()


def test_kill_9_during_uploads_loses_no_acknowledged_object(tmp_path: Path) -> None:
    process, host = start(tmp_path)
    acknowledged: dict[str, bytes] = {}

    def upload(thread: int) -> None:
        path = "/upload/storage/v1/b/b/o"
        with httpx.Client(base_url=host) as http:
            for number in range(10_000):
                name, data = f"{number % 20}-{thread}", os.urandom(50_000)
                try:
                    http.post(
                        path, params={"uploadType": "media", "name": name}, content=data
                    ).raise_for_status()
                except httpx.TransportError:
                    acknowledged.pop(name, None)  # the old bytes or the new: both are right
                    return
                acknowledged[name] = data
                if len(acknowledged) >= 40:
                    process.kill()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(upload, range(3)))
    process.wait()
    process, host = start(tmp_path)
    try:
        bucket = connect(host).bucket("b")
        assert all(
            bucket.blob(name).download_as_bytes() == data for name, data in acknowledged.items()
        )
    finally:
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(60) == 0
    assert len(acknowledged) >= 37
