"""Which files the documents of a backup name: a backup says when one of them is missing."""

from collections.abc import Iterator
from typing import Any

from pipeline.firestore_collections import MODELS
from pipeline.records.backups import RawDocument


def find_named_files(document: RawDocument) -> Iterator[str]:
    """Yield the paths of the files of a version that is ready; nothing for other documents.

    The fields may be anything, since a game may write to this collection too.
    """
    collection, _, _ = document.path.partition("/")
    if collection != MODELS.name or dig(document.fields, "status", "stringValue") != "ready":
        return
    files = dig(document.fields, "files", "arrayValue", "values")
    for each in files if isinstance(files, list) else []:
        path = dig(each, "mapValue", "fields", "path", "stringValue")
        if isinstance(path, str):
            yield path


def dig(fields: Any, *names: str) -> Any:
    """Return what a path of names leads to in maps within maps; None if it leads nowhere."""
    for name in names:
        fields = fields.get(name) if isinstance(fields, dict) else None
    return fields
