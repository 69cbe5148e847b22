"""Objects: written, read, listed and deleted under preconditions; the rest is refused by name."""

import base64
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from google.api_core import exceptions
from google.cloud import storage


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
