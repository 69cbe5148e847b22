"""Uploads in chunks and streams, resumed, and checked by their checksums."""

import io
import os
import socket
from urllib.parse import urlsplit

import httpx
import pytest
from google.api_core import exceptions
from google.cloud import storage

CHUNK = 256 * 1024


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


def test_encodings_that_would_have_to_be_undone_are_refused(bucket: storage.Bucket) -> None:
    blob = bucket.blob("a")
    blob.content_encoding = "gzip"
    with pytest.raises(exceptions.MethodNotImplemented, match="contentEncoding"):
        blob.upload_from_string(b"1")
