"""Convert Firestore's values to the JSON form of its REST API, and back, without any loss.

https://firebase.google.com/docs/firestore/reference/rest/v1/Value. Google's own conversion
(`google.protobuf.json_format`) takes six times as long. Two things differ from it: a reference into
the same database is relative (`documents/...`), so that it stays right in another project; and a
number that is not finite is the text `NaN`, `Infinity` or `-Infinity`, as there.
"""

import base64
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from google.cloud.firestore_v1.types import document as _types

from pipeline.backup_errors import UnknownValue

Value = _types.Value.pb()
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_fields(fields: Mapping[str, Any], database: str) -> dict[str, Any]:
    """Return the fields of a document, or of a map, in the JSON form.

    Args:
        fields: of protobuf values.
        database: `projects/P/databases/D`, to which references are made relative.
    """
    return {name: _read(fields[name], database) for name in fields}


def write_fields(fields: Mapping[str, Any], database: str) -> dict[str, Any]:
    """Return protobuf values for fields in the JSON form: the opposite of `read_fields`."""
    return {name: _write(value, database) for name, value in fields.items()}


def _read(value: Any, database: str) -> dict[str, Any]:
    kind = value.WhichOneof("value_type")
    if kind not in _READERS:
        raise UnknownValue(f"it holds a value of an unknown kind, {kind}: update Redraw")
    name, read = _READERS[kind]
    return {name: read(value, database)}


def _read_double(value: Any, _database: str) -> float | str:
    number: float = value.double_value
    if math.isfinite(number):
        return number
    if math.isnan(number):
        return "NaN"
    return "Infinity" if number > 0 else "-Infinity"


def _read_array(value: Any, database: str) -> dict[str, Any]:
    return {"values": [_read(each, database) for each in value.array_value.values]}


def _read_time(value: Any, _database: str) -> str:
    """Return a time as text, with nine digits behind the point; protobuf's own is slower."""
    moment = value.timestamp_value
    whole = _EPOCH + timedelta(seconds=moment.seconds)
    return f"{whole.replace(tzinfo=None).isoformat()}.{moment.nanos:09d}Z"


_READERS: dict[str, tuple[str, Callable[[Any, str], Any]]] = {
    "string_value": ("stringValue", lambda value, _: value.string_value),
    "integer_value": ("integerValue", lambda value, _: str(value.integer_value)),
    "double_value": ("doubleValue", _read_double),
    "map_value": (
        "mapValue",
        lambda value, database: {"fields": read_fields(value.map_value.fields, database)},
    ),
    "array_value": ("arrayValue", _read_array),
    "timestamp_value": ("timestampValue", _read_time),
    "boolean_value": ("booleanValue", lambda value, _: value.boolean_value),
    "bytes_value": (
        "bytesValue",
        lambda value, _: base64.b64encode(value.bytes_value).decode(),
    ),
    "reference_value": (
        "referenceValue",
        lambda value, database: value.reference_value.removeprefix(f"{database}/"),
    ),
    "geo_point_value": (
        "geoPointValue",
        lambda value, _: {
            "latitude": value.geo_point_value.latitude,
            "longitude": value.geo_point_value.longitude,
        },
    ),
    "null_value": ("nullValue", lambda _value, _: None),
}


def _write_reference(name: str, database: str) -> Any:
    # An absolute name begins with "projects/": it leads into another database.
    own = name.startswith("documents/")
    return Value(reference_value=f"{database}/{name}" if own else name)


def _write_map(given: dict[str, Any], database: str) -> Any:
    value = Value()
    value.map_value.SetInParent()
    for name, each in given["fields"].items():
        value.map_value.fields[name].CopyFrom(_write(each, database))
    return value


def _write_array(given: dict[str, Any], database: str) -> Any:
    value = Value()
    value.array_value.SetInParent()
    value.array_value.values.extend(_write(each, database) for each in given["values"])
    return value


def _write_time(text: str) -> Any:
    moment, _, fraction = text.removesuffix("Z").partition(".")
    value = Value()
    value.timestamp_value.seconds = (
        datetime.fromisoformat(moment + "+00:00") - _EPOCH
    ) // timedelta(seconds=1)
    value.timestamp_value.nanos = int(fraction.ljust(9, "0"))
    return value


_WRITERS: dict[str, Callable[[Any, str], Any]] = {
    "stringValue": lambda given, _: Value(string_value=given),
    "integerValue": lambda given, _: Value(integer_value=int(given)),
    "doubleValue": lambda given, _: Value(double_value=float(given)),
    "mapValue": _write_map,
    "arrayValue": _write_array,
    "timestampValue": lambda given, _: _write_time(given),
    "booleanValue": lambda given, _: Value(boolean_value=given),
    "bytesValue": lambda given, _: Value(bytes_value=base64.b64decode(given)),
    "referenceValue": _write_reference,
    "geoPointValue": lambda given, _: Value(geo_point_value=given),
    "nullValue": lambda _given, _: Value(null_value=0),
}


def _write(given: dict[str, Any], database: str) -> Any:
    ((kind, content),) = given.items()
    return _WRITERS[kind](content, database)
