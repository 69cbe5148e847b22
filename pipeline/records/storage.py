"""Objects in Storage."""

from typing import NamedTuple


class StoredObject(NamedTuple):
    """An object in Storage. `size` in bytes; `generation` changes whenever the object does."""

    path: str
    size: int
    generation: int


class ObjectContent(NamedTuple):
    """What an object held, and in which generation."""

    data: bytes
    generation: int
