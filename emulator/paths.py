"""Check resource names, and read and change the fields of a document by their paths."""

import re
from functools import lru_cache

from emulator.values import Document, Message, invalid, reference

_DATABASE = re.compile(r"projects/[^/]+/databases/[^/]+")
_SEGMENT = re.compile(r"([a-zA-Z_][a-zA-Z_0-9]*)|`((?:[^`\\]|\\.)+)`")
_MAX_ID_BYTES = 1500
FieldPath = tuple[str, ...]
NAME: FieldPath = ("__name__",)


def check_database(database: str) -> None:
    """Refuse a name that is not `projects/P/databases/D`."""
    if not _DATABASE.fullmatch(database):
        raise invalid(f'Invalid database name "{database}".')


def check_document(name: str, database: str) -> None:
    """Refuse a document name that is malformed or belongs to another database."""
    prefix = f"{database}/documents/"
    if not name.startswith(prefix):
        raise invalid(f'Document name "{name}" does not lie in the database "{database}".')
    ids = name[len(prefix) :].split("/")
    if len(ids) % 2:
        raise invalid(
            f'Document name "{name}" has an odd number of segments: it names a collection.'
        )
    for identifier in ids:
        check_id(identifier, name)


def check_id(identifier: str, name: str) -> None:
    """Refuse an id of a document or collection that Firestore does not allow."""
    if identifier in {"", ".", ".."}:
        raise invalid(f'Document name "{name}" contains a resource id "{identifier}".')
    if identifier.startswith("__") and identifier.endswith("__"):
        raise invalid(f'Resource id "{identifier}" is invalid because it is reserved.')
    if len(identifier.encode()) > _MAX_ID_BYTES:
        raise invalid(f"The key path element name is longer than {_MAX_ID_BYTES} bytes.")


def check_parent(parent: str) -> str:
    """Refuse a parent that is neither `.../documents` nor a document; return its database."""
    database, separator, path = parent.partition("/documents")
    check_database(database)
    if not separator or (path and not path.startswith("/")):
        raise invalid(f'Invalid parent "{parent}".')
    if path:
        check_document(parent, database)
    return database


@lru_cache(maxsize=4096)
def parse(path: str) -> FieldPath:
    """Split a field path in Firestore's notation, `a.b` or ``a.`b c` ``, into its parts."""
    parts: list[str] = []
    position = 0
    while match := _SEGMENT.match(path, position):
        plain, quoted = match.groups()
        parts.append(plain or re.sub(r"\\(.)", r"\1", quoted))
        position = match.end()
        if position == len(path):
            return tuple(parts)
        if path[position] != ".":
            break
        position += 1
    raise invalid(
        f'Invalid property path "{path}". Unquoted property paths must match regex '
        r"([a-zA-Z_][a-zA-Z_0-9]*), and quoted property paths must match regex "
        r"(`(?:[^`\\]|(?:\\.))+`)"
    )


def get(document: Message, path: FieldPath) -> Message | None:
    """Return the value at a path, or None."""
    if path == NAME:
        return reference(document.name)
    fields = document.fields
    for part in path[:-1]:
        # `in` comes first: reading a missing key of a protobuf map would create it.
        if part not in fields or not fields[part].HasField("map_value"):
            return None
        fields = fields[part].map_value.fields
    return fields.get(path[-1])


def put(document: Message, path: FieldPath, value: Message) -> None:
    """Set the value at a path. A value on the way that is not a map is replaced by one."""
    fields = document.fields
    for part in path[:-1]:
        fields[part].map_value.SetInParent()
        fields = fields[part].map_value.fields
    fields[path[-1]].CopyFrom(value)


def remove(document: Message, path: FieldPath) -> None:
    """Delete the value at a path, if there is one."""
    fields = document.fields
    for part in path[:-1]:
        if part not in fields or not fields[part].HasField("map_value"):
            return
        fields = fields[part].map_value.fields
    if path[-1] in fields:
        del fields[path[-1]]


def project(document: Message, paths: list[FieldPath]) -> Message:
    """Return a copy of the document with only the named fields."""
    projected = Document(
        name=document.name, create_time=document.create_time, update_time=document.update_time
    )
    for path in paths:
        value = None if path == NAME else get(document, path)
        if value is not None:
            put(projected, path, value)
    return projected
