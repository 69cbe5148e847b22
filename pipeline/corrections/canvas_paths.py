"""Read where a correction's canvas is: a path, or an address of an object in our own bucket.

An address only names the object. Nothing is ever fetched from it: a player writes it.
"""

from urllib.parse import unquote, urlsplit

from pipeline.storage_paths import CANVAS_PATTERN

MAX_ADDRESS = 2000
"""Characters of the longest address that is looked at."""
HOSTS = frozenset({"storage.googleapis.com", "storage.cloud.google.com"})
OWN_HOST = ".storage.googleapis.com"  # behind the name of a bucket


class OtherBucketError(ValueError):
    """The address names an object in another bucket. Its message is the name of that bucket."""


def read_canvas_path(text: str, bucket: str) -> str | None:
    """Return the path of a canvas in our bucket; None if the text names none.

    Args:
        text: a path, `gs://BUCKET/PATH`, a download address of Firebase
            (`https://HOST/v0/b/BUCKET/o/PATH?alt=media`) or of Cloud Storage
            (`https://storage.googleapis.com/BUCKET/PATH`, `https://BUCKET.storage.googleapis.com/PATH`).
        bucket: the name of our bucket.

    Raises:
        OtherBucketError: it is the address of an object in another bucket.
    """
    path = text
    if "://" in text[:10]:
        address = _split_address(text)
        if address is None:
            return None
        named, path = address
        if named != bucket:
            raise OtherBucketError(named)
    return path if CANVAS_PATTERN.fullmatch(path) else None


def _split_address(text: str) -> tuple[str, str] | None:
    """Return the bucket and the path that an address names; None if it is of no known form."""
    try:
        address = urlsplit(text if len(text) <= MAX_ADDRESS else "")
        host = (address.hostname or "").lower()
    except ValueError:
        return None
    bucket, path = "", ""
    match address.path.removeprefix("/").split("/"):
        case rest if address.scheme == "gs":
            bucket, path = address.netloc, "/".join(rest)
        case _ if address.scheme not in {"http", "https"}:
            pass
        # Firebase's address, and Cloud Storage's `mediaLink`: the whole path is one encoded part.
        case ["v0", "b", bucket, "o", name] | ["download", "storage", "v1", "b", bucket, "o", name]:
            path = unquote(name)
        case rest if host.endswith(OWN_HOST):
            bucket, path = host.removesuffix(OWN_HOST), unquote("/".join(rest))
        case [bucket, *rest] if host in HOSTS:
            path = unquote("/".join(rest))
    return (bucket, path) if bucket and path else None
