"""The forms of all documents, as text that can be kept and compared."""

import types
import typing
from enum import Enum
from typing import Any

from pydantic.alias_generators import to_camel
from pydantic_core import PydanticUndefined

from pipeline.records.base import Record
from pipeline.records.corrections import OwnerDecision, Retraining
from pipeline.records.forgetting import ForgetRequest
from pipeline.records.forms import SCHEMA
from pipeline.records.notifications import Noticed, Notification
from pipeline.records.releases import ReleaseChange
from pipeline.records.runs import Run
from pipeline.records.trials import Trial
from pipeline.records.versions import ModelVersion, Release

KINDS: dict[str, type[Record]] = {
    "corrections.retraining": Retraining,
    "decisions": OwnerDecision,
    "forget_requests": ForgetRequest,
    "models": ModelVersion,
    "notification_state": Noticed,
    "notifications": Notification,
    "release_history": ReleaseChange,
    "releases": Release,
    "training_runs": Run,
    "trials": Trial,
}
"""The record of each kind of document; the slot's document is no record."""


def describe_forms() -> dict[str, dict[str, Any]]:
    """Return the form of each kind: its number, and its fields with their types."""
    return {
        name: {SCHEMA: kind.SCHEMA, "fields": _describe_fields(kind)}
        for name, kind in KINDS.items()
    }


def find_breaks(kept: dict[str, Any], now: dict[str, Any], place: str = "") -> list[str]:
    """Return what an older Redraw, or a reader of older documents, could not cope with.

    A new field with a default is none: older readers ignore it, and it may be missing.

    Args:
        kept: the form as it was, as `describe_forms` gives it.
        now: the form as it is.
        place: where in the document it is.
    """
    breaks = []
    for name, before in kept.items():
        where, after = f"{place}{name}", now.get(name)
        if after is None:
            breaks.append(f"{where} is gone")
        elif isinstance(before, dict) and isinstance(after, dict):
            breaks += find_breaks(before, after, f"{where}.")
        elif before != after:
            breaks.append(f"{where} was {before}, and is {after}")
    for name in now.keys() - kept.keys():
        said = now[name] if isinstance(now[name], str) else now[name].get("", "")
        if not said.endswith("optional"):
            breaks.append(f"{place}{name} is new, and has no default")
    return sorted(breaks)


def _describe_fields(kind: type[Record]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, about in kind.model_fields.items():
        told, parts = _describe(about.annotation)
        has_default = about.default is not PydanticUndefined or about.default_factory is not None
        told += ", optional" if has_default else ""
        # The words about the field itself stand under "" beside its own fields.
        fields[about.alias or to_camel(name)] = {"": told, **parts} if parts else told
    return fields


def _describe(annotation: Any) -> tuple[str, dict[str, Any]]:
    """Return a type in words that no version of Python changes, and the fields of records in it."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return "one of " + " ".join(map(str, arguments)), {}
    if arguments:
        described = [_describe(each) for each in arguments]
        parts = {name: part for _, each in described for name, part in each.items()}
        words = [told for told, _ in described]
        if origin in (types.UnionType, typing.Union):
            return " or ".join(words), parts
        return f"{origin.__name__} of {' and '.join(words)}", parts
    if issubclass(annotation, Enum):
        return "one of " + " ".join(sorted(each.value for each in annotation)), {}
    if issubclass(annotation, Record):
        return "map", _describe_fields(annotation)
    return annotation.__name__.replace("NoneType", "null"), {}
