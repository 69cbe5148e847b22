"""Write and read FlatBuffers by a schema, as plain dictionaries.

The writer is that of the package `flatbuffers`. The reader is our own: the package's checks no
bounds, and a damaged file must be named as one.
"""

import struct
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import flatbuffers

from pipeline.errors import InvalidModel
from pipeline.formats.tflite_schema import FILE_IDENTIFIER, OPTIONS, TABLES

Table: TypeAlias = Mapping[str, Any]
"""The fields of a table by name: numbers, texts, bytes, tables, or lists of numbers or tables."""

MOST_TABLES = 64  # in one list; a damaged count could ask for millions
BUFFER_ALIGNMENT = 16  # `force_align` of Buffer.data: kernels read weights in blocks of 16 bytes
# Names of the builder's methods for numbers, by struct's format characters.
_PREPEND: Final = {
    "b": "Int8",
    "B": "Uint8",
    "i": "Int32",
    "I": "Uint32",
    "q": "Int64",
    "Q": "Uint64",
    "f": "Float32",
}
_OPTION_NUMBERS = {name: number for number, name in OPTIONS.items()}


def pack(name: str, table: Table) -> bytes:
    """Return the FlatBuffer whose root is this table: the same bytes for the same table.

    Args:
        name: the table's name in the schema.
        table: its fields. One that is left out, or has its default, is not stored. The options of
            an operator are `(name of their table, fields)`.
    """
    # A buffer that is large enough at once: growing copies it.
    builder = flatbuffers.Builder(1 << 18)
    builder.Finish(_write_table(builder, name, table), FILE_IDENTIFIER)
    return bytes(builder.Output())


def _write_table(builder: Any, name: str, table: Table) -> int:
    fields = TABLES[name]
    if "builtin_options" in table:
        table = {**table, "builtin_options_type": _OPTION_NUMBERS[table["builtin_options"][0]]}
    # What a table refers to is written before it: FlatBuffers are built from the end.
    written = {key: _write(builder, fields[key].kind, value) for key, value in table.items()}
    builder.StartObject(max((field.place for field in fields.values()), default=-1) + 1)
    for key, value in written.items():
        place, kind, default = fields[key]
        if kind in _PREPEND:
            getattr(builder, f"Prepend{_PREPEND[kind]}Slot")(place, value, default)
        else:
            builder.PrependUOffsetTRelativeSlot(place, value, 0)
    return int(builder.EndObject())


def _write(builder: Any, kind: str, value: Any) -> Any:
    """Write what a field refers to and return its offset; return a number itself."""
    if kind in _PREPEND:
        return value
    if kind == "text":
        return builder.CreateString(value)
    if kind == "bytes":
        return _write_bytes(builder, value)
    if kind == "options":
        return _write_table(builder, *value)
    if not kind.startswith("["):
        return _write_table(builder, kind, value)
    item = kind[1:-1]
    values = [_write(builder, item, each) for each in value]
    size = struct.calcsize(item) if item in _PREPEND else struct.calcsize("I")
    builder.StartVector(size, len(values), size)
    prepend = getattr(builder, f"Prepend{_PREPEND.get(item, 'UOffsetTRelative')}")
    for each in reversed(values):
        prepend(each)
    return builder.EndVector()


def _write_bytes(builder: Any, data: bytes) -> int:
    builder.StartVector(1, len(data), BUFFER_ALIGNMENT)
    # The builder's own CreateByteVector does the same, but cannot align.
    builder.head -= len(data)
    builder.Bytes[builder.head : builder.head + len(data)] = data
    return int(builder.EndVector())


def unpack(name: str, data: bytes) -> dict[str, Any]:
    """Return the fields of a FlatBuffer's root, and of all that it refers to.

    A number that is not stored has its default; an absent text, bytes or list is empty, an absent
    table is None. Fields that the schema does not name are left out.

    Args:
        name: the root's table in the schema.
        data: the file.

    Raises:
        InvalidModel: it is no such file, or its parts lie outside of it.
    """
    if data[4:8] != FILE_IDENTIFIER:
        raise InvalidModel(f"it does not begin as a {FILE_IDENTIFIER.decode()} file")
    return _read_table(data, name, _number(data, "I", 0))


def _number(data: bytes, kind: str, at: int) -> Any:
    if not 0 <= at <= len(data) - struct.calcsize(f"<{kind}"):
        raise InvalidModel(f"it refers to byte {at} of {len(data)}: it is cut off or damaged")
    return struct.unpack_from(f"<{kind}", data, at)[0]


def _read_table(data: bytes, name: str, at: int) -> dict[str, Any]:
    # A table begins with the distance back to the list of its fields' places, the "vtable".
    vtable = at - _number(data, "i", at)
    places = (_number(data, "H", vtable) - 4) // 2
    table: dict[str, Any] = {}
    for key, (place, kind, default) in TABLES[name].items():
        offset = _number(data, "H", vtable + 4 + 2 * place) if place < places else 0
        if kind in _PREPEND:
            table[key] = _number(data, kind, at + offset) if offset else default
        elif kind == "options":
            options = OPTIONS.get(table["builtin_options_type"])
            known = offset and options
            table[key] = (options, _refer(data, options, at + offset)) if known else None
        elif offset:
            table[key] = _refer(data, kind, at + offset)
        else:
            table[key] = _absent(kind)
    return table


def _absent(kind: str) -> Any:
    return {"text": "", "bytes": b""}.get(kind, [] if kind.startswith("[") else None)


def _refer(data: bytes, kind: str | None, at: int) -> Any:
    """Return what the reference at this place leads to."""
    target = at + _number(data, "I", at)
    if kind is None:
        return None
    if kind in TABLES:
        return _read_table(data, kind, target)
    count, first = _number(data, "I", target), target + 4
    item = kind[1:-1] if kind.startswith("[") else "B"
    size = struct.calcsize(item) if item in _PREPEND else 4
    if first + count * size > len(data):
        raise InvalidModel(f"a list of {count} items does not fit into it: it is damaged")
    if item in TABLES:
        if count > MOST_TABLES:
            raise InvalidModel(f"it has {count} tables in one list: it is damaged")
        return [_refer(data, item, first + 4 * index) for index in range(count)]
    raw = data[first : first + count * size]
    if kind == "bytes":
        return raw
    if kind == "text":
        return raw.decode(errors="replace")
    return list(struct.unpack(f"<{count}{item}", raw))
