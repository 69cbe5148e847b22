"""Read where a correction's canvas is: a path, or an address of an object in our own bucket.

An address only names the object. Nothing is ever fetched from it: a player writes it.
"""

import re
from typing import NamedTuple, Self
from urllib.parse import unquote, urlsplit

from pipeline.settings import Settings
from pipeline.storage_paths import CANVAS_FOLDER, CANVAS_PATTERN

MAX_ADDRESS = 2000
"""Characters of the longest address that is looked at."""
HOSTS = frozenset({"storage.googleapis.com", "storage.cloud.google.com"})
OWN_HOST = ".storage.googleapis.com"  # behind the name of a bucket


_PART = "[A-Za-z0-9_-][A-Za-z0-9_.-]{0,131}"  # a drawingId and an extension
_OTHER_PATTERN = re.compile(f"(?:{_PART}/){{0,3}}{_PART}")
"""What may follow the folder of another game: at most three subfolders, and a name."""


class CanvasPlace(NamedTuple):
    """Where canvases are: the bucket, and the folder in it, which ends with a slash."""

    bucket: str
    folder: str = CANVAS_FOLDER

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the place that the settings name."""
        return cls(settings.bucket, settings.game.folder)

    def name_canvas(self, drawing_id: str) -> str:
        """Return the path of the canvas of a drawing, as the game's clients write it."""
        return f"{self.folder}{drawing_id}.png"

    def holds(self, path: str) -> bool:
        """Return whether a path is that of a canvas here."""
        if self.folder == CANVAS_FOLDER:
            return CANVAS_PATTERN.fullmatch(path) is not None
        name = path.removeprefix(self.folder)
        return name != path and _OTHER_PATTERN.fullmatch(name) is not None


class OtherBucketError(ValueError):
    """The address names an object in another bucket. Its message is the name of that bucket."""


def read_canvas_path(text: str, place: CanvasPlace) -> str | None:
    """Return the path of a canvas in its place; None if the text names none.

    Args:
        text: a path, `gs://BUCKET/PATH`, a download address of Firebase
            (`https://HOST/v0/b/BUCKET/o/PATH?alt=media`) or of Cloud Storage
            (`https://storage.googleapis.com/BUCKET/PATH`, `https://BUCKET.storage.googleapis.com/PATH`).
        place: where canvases are.

    Raises:
        OtherBucketError: it is the address of an object in another bucket.
    """
    path = text
    if "://" in text[:10]:
        address = _split_address(text)
        if address is None:
            return None
        named, path = address
        if named != place.bucket:
            raise OtherBucketError(named)
    return path if place.holds(path) else None


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
