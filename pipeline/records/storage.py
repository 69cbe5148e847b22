"""Objects in Storage."""

from typing import NamedTuple


class StoredObject(NamedTuple):
    """An object in Storage: `size` in bytes; `generation` changes whenever the object does."""

    path: str
    size: int
    generation: int


class ObjectContent(NamedTuple):
    """The bytes of an object and the generation they belong to."""

    data: bytes
    generation: int
