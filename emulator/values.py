"""The values of Firestore: their order, their sizes, and which ones are refused."""

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import grpc
from google.cloud.firestore_v1.types import document as _types

Message: TypeAlias = Any
"""A raw protobuf message. Google's classes have no type hints, and their wrappers are slow."""

Document = _types.Document.pb()
Value = _types.Value.pb()

MAX_DOCUMENT_BYTES = 1_048_576
MAX_DEPTH = 20
LOWEST_ID = "__id-9223372036854775808__"
"""The id before all others, with which Google's clients bound a query over a whole tree."""

_MAX_GROWTH = 8
"""The largest ratio of a value's size in Firestore to its size in protobuf.

Firestore counts 8 bytes for a number that may take one byte in protobuf.
"""


class Refusal(Exception):
    """A request that is refused, with the gRPC status of the answer.

    Status UNIMPLEMENTED is for what Firestore supports and this emulator does not.
    """

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code


def invalid(message: str) -> Refusal:
    """Return the refusal of a malformed request."""
    return Refusal(grpc.StatusCode.INVALID_ARGUMENT, message)


def unsupported(feature: str) -> Refusal:
    """Return the refusal of a feature of Firestore that this emulator does not support."""
    return Refusal(
        grpc.StatusCode.UNIMPLEMENTED, f"Redraw's Firestore emulator does not support {feature}"
    )


Key = tuple[Any, ...]

# Firestore orders values by type first: null, booleans, numbers, times, text, bytes, references,
# points, arrays, maps. The first number of a key stands for the type. Integers and doubles are one
# type and compare as numbers (Python does so exactly); NaN comes before all of them. Arrays compare
# element by element; maps field by field, in the order of the field names.
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
    # Firestore compares the UTF-8 bytes of text, Python its code points: the order is the same.
    "string_value": lambda value: (4, value.string_value),
    "bytes_value": lambda value: (5, value.bytes_value),
    "reference_value": lambda value: (6, *map(_order_id, value.reference_value.split("/"))),
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


def _order_id(identifier: str) -> str:
    """Return the text that an id is sorted by: Firestore's lowest id comes before all others."""
    return "" if identifier == LOWEST_ID else identifier


def sort_key(value: Message) -> Key:
    """Return a tuple that compares as Firestore orders values. Equal values have equal keys."""
    kind = value.WhichOneof("value_type")
    if kind not in _KEYS:
        raise unsupported(f"a value of kind {kind}")
    return _KEYS[kind](value)


def reference(name: str) -> Message:
    """Return the value of the field `__name__` of a document."""
    return Value(reference_value=name)


def prepare_document(document: Message) -> None:
    """Refuse a document that Firestore would refuse, and truncate its times to microseconds."""
    _prepare_fields(document.fields, 1)
    # Counting the size as Firestore does is slow, and a small document cannot exceed the limit.
    if document.ByteSize() * _MAX_GROWTH > MAX_DOCUMENT_BYTES:
        size = _count_name_bytes(document.name) + 32 + _count_map_bytes(document.fields)
        if size > MAX_DOCUMENT_BYTES:
            raise invalid(
                f"Document '{document.name}' cannot be written because its size ({size:,} bytes) "
                f"exceeds the maximum allowed size of {MAX_DOCUMENT_BYTES:,} bytes."
            )


def _prepare_fields(fields: Mapping[str, Message], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise invalid(
            f"Property contains an invalid nested entity: nested deeper than {MAX_DEPTH} levels."
        )
    for name in fields:  # not items(), which protobuf implements in slow Python code
        if not name:
            raise invalid("Document fields must not be empty.")
        if name.startswith("__"):
            if name == "__type__":
                raise unsupported("vectors and other values that are maps with a __type__")
            if name.endswith("__"):
                raise invalid(f"field name '{name}' is reserved.")
        _prepare_value(fields[name], depth)


def _prepare_value(value: Message, depth: int) -> None:
    kind = value.WhichOneof("value_type")
    if kind == "array_value":
        for element in value.array_value.values:
            if element.HasField("array_value"):
                raise invalid("Cannot convert an array value in an array value.")
            _prepare_value(element, depth)
    elif kind == "map_value":
        _prepare_fields(value.map_value.fields, depth + 1)
    elif kind == "timestamp_value":
        value.timestamp_value.nanos -= value.timestamp_value.nanos % 1000
    elif kind not in _SIZES:
        raise unsupported(f"a value of kind {kind}")


def _count_map_bytes(fields: Mapping[str, Message]) -> int:
    """Return the size as Firestore counts it.

    The rules: https://firebase.google.com/docs/firestore/storage-size.
    """
    return sum(
        len(name.encode()) + 1 + _SIZES[value.WhichOneof("value_type")](value)
        for name, value in fields.items()
    )


def _count_name_bytes(name: str) -> int:
    """Return the size of a document name; the project and database before it do not count."""
    return 16 + sum(len(segment.encode()) + 1 for segment in name.split("/")[5:])


_SIZES: dict[str, Callable[[Message], int]] = {
    "null_value": lambda _: 1,
    "boolean_value": lambda _: 1,
    "integer_value": lambda _: 8,
    "double_value": lambda _: 8,
    "timestamp_value": lambda _: 8,
    "string_value": lambda value: len(value.string_value.encode()) + 1,
    "bytes_value": lambda value: len(value.bytes_value),
    "reference_value": lambda value: _count_name_bytes(value.reference_value),
    "geo_point_value": lambda _: 16,
    "array_value": lambda value: sum(
        _SIZES[element.WhichOneof("value_type")](element) for element in value.array_value.values
    ),
    "map_value": lambda value: _count_map_bytes(value.map_value.fields),
}
