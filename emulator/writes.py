"""One write of a commit: turns a document as it stands into the document after it, or refuses."""

import grpc

from emulator import paths
from emulator.values import Document, Message, Refusal, Value, admit, invalid, sort_key, unsupported

_INT64_MAX = 2**63 - 1
_REQUEST_TIME = 1


def target(write: Message) -> str:
    """The name of the document that a write is about."""
    match write.WhichOneof("operation"):
        case "update":
            return str(write.update.name)
        case "delete":
            return str(write.delete)
        case "transform":
            return str(write.transform.document)
        case other:
            raise unsupported(f"the write operation {other}")


def check_sequence(names: list[str], writes: list[Message]) -> None:
    """Refuses what Firestore refuses whatever the documents are: several writes to one document that do not go together."""
    before: dict[str, tuple[str, Message]] = {}
    for name, write in zip(names, writes, strict=True):
        kind = _kind(write)
        old, base = before.get(name, (None, write.current_document.update_time))
        demanding = write.current_document.exists
        if (
            (kind == "insert" and old in {"insert", "update", "upsert"})
            or (kind == "update" and old == "delete")
            or (kind == old == "delete" and demanding)
        ):
            raise invalid(f"Cannot {old} then {kind} an entity in the same request.")
        if (
            write.current_document.HasField("update_time")
            and write.current_document.update_time != base
        ):
            raise invalid("Cannot collapse mutations with different base versions.")
        before[name] = (kind, base)


def _kind(write: Message) -> str:
    if write.HasField("delete"):
        return "delete"
    match write.current_document.WhichOneof("condition_type"):
        case "exists":
            return "update" if write.current_document.exists else "insert"
        case "update_time":
            return "update"
        case _:
            return "upsert"


def apply(
    write: Message, name: str, current: Message | None, now: Message
) -> tuple[Message | None, list[Message]]:
    """The document after the write (None: deleted; `current` itself: unchanged), and the results of its transforms."""
    _check_precondition(write, name, current)
    if write.HasField("delete"):
        return None, []
    document = _merged(write, name, current)
    results = [
        _transform(document, transform, now)
        for transform in (*write.update_transforms, *write.transform.field_transforms)
    ]
    admit(document)
    if current is None:
        document.create_time.CopyFrom(now)
    else:
        document.create_time.CopyFrom(current.create_time)
        document.update_time.CopyFrom(current.update_time)
        # A write that changes nothing keeps the time of the last that did. Encoded, NaN equals itself.
        if document == current or encode(document) == encode(current):
            return current, results
    document.update_time.CopyFrom(now)
    return document, results


def encode(document: Message) -> bytes:
    """The same bytes for the same document, whatever order its fields came in."""
    return bytes(document.SerializeToString(deterministic=True))


def _check_precondition(write: Message, name: str, current: Message | None) -> None:
    if not write.HasField("current_document"):
        return
    wanted = write.current_document
    match wanted.WhichOneof("condition_type"):
        case "exists" if wanted.exists and current is None:
            raise Refusal(grpc.StatusCode.NOT_FOUND, f"No document to update: {name}")
        case "exists" if not wanted.exists and current is not None:
            raise Refusal(grpc.StatusCode.ALREADY_EXISTS, f"Document already exists: {name}")
        case "update_time" if current is None or wanted.update_time != current.update_time:
            raise Refusal(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"the stored version of {name} does not match the required base version ({wanted.update_time.ToJsonString()})",
            )


def _merged(write: Message, name: str, current: Message | None) -> Message:
    """The document after the update part of a write, before its transforms."""
    if write.HasField("update") and not write.HasField("update_mask"):
        return write.update
    document = Document(name=name)
    if current is not None:
        document.CopyFrom(current)
    for text in write.update_mask.field_paths:
        path = paths.parse(text)
        value = paths.get(write.update, path)
        if value is None:
            paths.remove(document, path)
        else:
            paths.put(document, path, value)
    return document


def _transform(document: Message, transform: Message, now: Message) -> Message:
    """Changes one field in place and returns what the client is told about it."""
    path = paths.parse(transform.field_path)
    old = paths.get(document, path)
    match transform.WhichOneof("transform_type"):
        case "set_to_server_value" if transform.set_to_server_value == _REQUEST_TIME:
            new = told = Value(timestamp_value=now)
            new.timestamp_value.nanos -= (
                now.nanos % 1_000_000
            )  # server timestamps are in milliseconds
        case "increment":
            new = told = _sum(old, transform.increment)
        case "append_missing_elements":
            new, told = _union(old, transform.append_missing_elements.values), Value(null_value=0)
        case "remove_all_from_array":
            new, told = (
                _difference(old, transform.remove_all_from_array.values),
                Value(null_value=0),
            )
        case other:
            raise unsupported(f"the field transform {other}")
    paths.put(document, path, new)
    return told


def _sum(old: Message | None, step: Message) -> Message:
    kinds = {step.WhichOneof("value_type")}
    if not kinds <= {"integer_value", "double_value"}:
        raise invalid("The increment transform takes a number.")
    if old is None or old.WhichOneof("value_type") not in {"integer_value", "double_value"}:
        return step
    kinds.add(old.WhichOneof("value_type"))
    if kinds == {"integer_value"}:
        return Value(
            integer_value=max(
                -_INT64_MAX - 1, min(_INT64_MAX, old.integer_value + step.integer_value)
            )
        )
    return Value(
        double_value=old.integer_value + old.double_value + step.integer_value + step.double_value
    )


def _elements(old: Message | None) -> list[Message]:
    return list(old.array_value.values) if old is not None else []


def _union(old: Message | None, added: list[Message]) -> Message:
    elements = _elements(old)
    keys = {sort_key(element) for element in elements}
    for element in added:
        if (key := sort_key(element)) not in keys:
            keys.add(key)
            elements.append(element)
    return Value(array_value={"values": elements})


def _difference(old: Message | None, removed: list[Message]) -> Message:
    keys = {sort_key(element) for element in removed}
    return Value(
        array_value={
            "values": [element for element in _elements(old) if sort_key(element) not in keys]
        }
    )
