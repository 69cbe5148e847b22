"""Turns Firestore values into sort keys and sizes, and refuses the values that Firestore would not keep."""

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import grpc
from google.cloud.firestore_v1.types import document as _types

Message: TypeAlias = Any
"""A raw protobuf message. Google's classes carry no types, and the proto-plus wrappers around them are slow."""

Document = _types.Document.pb()
Value = _types.Value.pb()

MAX_DOCUMENT_BYTES = 1_048_576
MAX_DEPTH = 20


_MAX_GROWTH = 8
"""No value takes more than so many times its protobuf bytes in Firestore's own count: a number at most eight for one."""


class Refusal(Exception):
    """What Firestore would say no to, with its status code; UNIMPLEMENTED for what only we do not do."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code


def invalid(message: str) -> Refusal:
    """The refusal of a malformed request."""
    return Refusal(grpc.StatusCode.INVALID_ARGUMENT, message)


def unsupported(what: str) -> Refusal:
    """The refusal of something that Firestore does and this server does not."""
    return Refusal(
        grpc.StatusCode.UNIMPLEMENTED, f"Redraw's Firestore emulator does not support {what}"
    )


Key = tuple[Any, ...]
_KEYS: dict[str, Callable[[Message], Key]] = {
    "null_value": lambda _: (0,),
    "boolean_value": lambda value: (1, value.boolean_value),
    "integer_value": lambda value: (2, 1, value.integer_value),
    "double_value": lambda value: (
        (2, 0) if math.isnan(value.double_value) else (2, 1, value.double_value)
    ),
    "timestamp_value": lambda value: (
        3,
        value.timestamp_value.seconds,
        value.timestamp_value.nanos,
    ),
    "string_value": lambda value: (
        4,
        value.string_value,
    ),  # code points order as their UTF-8 bytes do
    "bytes_value": lambda value: (5, value.bytes_value),
    "reference_value": lambda value: (6, *value.reference_value.split("/")),
    "geo_point_value": lambda value: (
        7,
        value.geo_point_value.latitude,
        value.geo_point_value.longitude,
    ),
    "array_value": lambda value: (8, *map(sort_key, value.array_value.values)),
    "map_value": lambda value: (
        9,
        *((name, sort_key(field)) for name, field in sorted(value.map_value.fields.items())),
    ),
}


def sort_key(value: Message) -> Key:
    """A tuple that compares as Firestore orders values: first by type, then within it. Equal values have equal keys."""
    kind = value.WhichOneof("value_type")
    if kind not in _KEYS:
        raise unsupported(f"a value of kind {kind}")
    return _KEYS[kind](value)


def reference(name: str) -> Message:
    """The value of the field `__name__` of a document."""
    return Value(reference_value=name)


def admit(document: Message) -> None:
    """Refuses a document that Firestore would not keep; cuts its timestamps to microseconds, as Firestore does."""
    _admit_fields(document.fields, 1)
    if document.ByteSize() * _MAX_GROWTH > MAX_DOCUMENT_BYTES:  # else it is small for sure
        size = _name_size(document.name) + 32 + _map_size(document.fields)
        if size > MAX_DOCUMENT_BYTES:
            raise invalid(
                f"Document '{document.name}' cannot be written because its size ({size:,} bytes) "
                f"exceeds the maximum allowed size of {MAX_DOCUMENT_BYTES:,} bytes."
            )


def _admit_fields(fields: Mapping[str, Message], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise invalid(
            f"Property contains an invalid nested entity: nested deeper than {MAX_DEPTH} levels."
        )
    for name in fields:  # not items(), which protobuf makes in Python
        if not name:
            raise invalid("Document fields must not be empty.")
        if name.startswith("__"):
            if name == "__type__":
                raise unsupported("vectors and other values that are maps with a __type__")
            if name.endswith("__"):
                raise invalid(f"field name '{name}' is reserved.")
        _admit_value(fields[name], depth)


def _admit_value(value: Message, depth: int) -> None:
    kind = value.WhichOneof("value_type")
    if kind == "array_value":
        for element in value.array_value.values:
            if element.HasField("array_value"):
                raise invalid("Cannot convert an array value in an array value.")
            _admit_value(element, depth)
    elif kind == "map_value":
        _admit_fields(value.map_value.fields, depth + 1)
    elif kind == "timestamp_value":
        value.timestamp_value.nanos -= value.timestamp_value.nanos % 1000
    elif kind not in _SIZES:
        raise unsupported(f"a value of kind {kind}")


def _map_size(fields: Mapping[str, Message]) -> int:
    """Bytes as Firestore counts them: https://firebase.google.com/docs/firestore/storage-size."""
    return sum(
        len(name.encode()) + 1 + _SIZES[value.WhichOneof("value_type")](value)
        for name, value in fields.items()
    )


def _name_size(name: str) -> int:
    return 16 + sum(len(segment.encode()) + 1 for segment in name.split("/")[5:])


_SIZES: dict[str, Callable[[Message], int]] = {
    "null_value": lambda _: 1,
    "boolean_value": lambda _: 1,
    "integer_value": lambda _: 8,
    "double_value": lambda _: 8,
    "timestamp_value": lambda _: 8,
    "string_value": lambda value: len(value.string_value.encode()) + 1,
    "bytes_value": lambda value: len(value.bytes_value),
    "reference_value": lambda value: _name_size(value.reference_value),
    "geo_point_value": lambda _: 16,
    "array_value": lambda value: sum(
        _SIZES[each.WhichOneof("value_type")](each) for each in value.array_value.values
    ),
    "map_value": lambda value: _map_size(value.map_value.fields),
}
