"""The writes of a commit: compute the document after a write, or refuse the write."""

import grpc

from emulator import paths
from emulator.values import (
    Document,
    Message,
    Refusal,
    Value,
    invalid,
    prepare_document,
    sort_key,
    unsupported,
)

_INT64_MAX = 2**63 - 1
_REQUEST_TIME = 1


def target(write: Message) -> str:
    """Return the name of the document that a write changes."""
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
    """Refuse several writes to one document that contradict each other, as Firestore does.

    Firestore refuses them before it looks at the documents. Examples: create after set, update
    after delete, or two preconditions with different update times.
    """
    before: dict[str, tuple[str, Message]] = {}
    for name, write in zip(names, writes, strict=True):
        kind = _classify(write)
        old, base = before.get(name, (None, write.current_document.update_time))
        must_exist = write.current_document.exists
        if (
            (kind == "insert" and old in {"insert", "update", "upsert"})
            or (kind == "update" and old == "delete")
            or (kind == old == "delete" and must_exist)
        ):
            raise invalid(f"Cannot {old} then {kind} an entity in the same request.")
        if (
            write.current_document.HasField("update_time")
            and write.current_document.update_time != base
        ):
            raise invalid("Cannot collapse mutations with different base versions.")
        before[name] = (kind, base)


def _classify(write: Message) -> str:
    """Return "delete", "insert", "update" or "upsert", the words of Firestore's messages."""
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
    """Apply one write to a document in memory.

    Args:
        write: the write.
        name: the document's name.
        current: the document before the write; None when there is none.
        now: the time of the commit.

    Returns:
        The document after the write, and the results of its transforms. The document is None if it
        is deleted, and `current` itself if the write changes nothing.

    Raises:
        Refusal: when a precondition does not hold or the result would not be a valid document.
    """
    _check_precondition(write, name, current)
    if write.HasField("delete"):
        return None, []
    document = _merge(write, name, current)
    results = [
        _transform(document, transform, now)
        for transform in (*write.update_transforms, *write.transform.field_transforms)
    ]
    prepare_document(document)
    if current is None:
        document.create_time.CopyFrom(now)
    else:
        document.create_time.CopyFrom(current.create_time)
        document.update_time.CopyFrom(current.update_time)
        # A write that changes nothing does not change the update time. The comparison of the
        # encoded bytes is for NaN, which does not equal itself.
        if document == current or encode(document) == encode(current):
            return current, results
    document.update_time.CopyFrom(now)
    return document, results


def encode(document: Message) -> bytes:
    """Serialize a document. The bytes do not depend on the order of its fields."""
    return bytes(document.SerializeToString(deterministic=True))


def _check_precondition(write: Message, name: str, current: Message | None) -> None:
    if not write.HasField("current_document"):
        return
    condition = write.current_document
    match condition.WhichOneof("condition_type"):
        case "exists" if condition.exists and current is None:
            raise Refusal(grpc.StatusCode.NOT_FOUND, f"No document to update: {name}")
        case "exists" if not condition.exists and current is not None:
            raise Refusal(grpc.StatusCode.ALREADY_EXISTS, f"Document already exists: {name}")
        case "update_time" if current is None or condition.update_time != current.update_time:
            raise Refusal(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"the stored version of {name} does not match the required base version "
                f"({condition.update_time.ToJsonString()})",
            )


def _merge(write: Message, name: str, current: Message | None) -> Message:
    """Return the document after the update of a write, before its transforms.

    Without a mask the update replaces the document. With a mask only the fields in the mask change,
    and those that the update lacks are deleted.
    """
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
    """Transform one field in place, and return the result that the client receives for it.

    For the two transforms of arrays that result is null, as Firestore has it.
    """
    path = paths.parse(transform.field_path)
    old = paths.get(document, path)
    result: Message = None
    match transform.WhichOneof("transform_type"):
        case "set_to_server_value" if transform.set_to_server_value == _REQUEST_TIME:
            new = result = Value(timestamp_value=now)
            new.timestamp_value.nanos -= now.nanos % 1_000_000  # the server's time in milliseconds
        case "increment":
            new = result = _add(old, transform.increment)
        case "append_missing_elements":
            new = _append_missing(old, transform.append_missing_elements.values)
        case "remove_all_from_array":
            new = _remove_all(old, transform.remove_all_from_array.values)
        case other:
            raise unsupported(f"the field transform {other}")
    paths.put(document, path, new)
    return Value(null_value=0) if result is None else result


def _add(old: Message | None, step: Message) -> Message:
    """Add two numbers. Integers stay within 64 bits; a value that is not a number is replaced."""
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
    # Of the two fields of a value, the one that is not set reads as 0.
    return Value(
        double_value=old.integer_value + old.double_value + step.integer_value + step.double_value
    )


def _list_elements(old: Message | None) -> list[Message]:
    """Return the elements of an array; a missing value, or one of another type, has none."""
    return list(old.array_value.values) if old is not None else []


def _append_missing(old: Message | None, added: list[Message]) -> Message:
    elements = _list_elements(old)
    keys = {sort_key(element) for element in elements}
    for element in added:
        if (key := sort_key(element)) not in keys:
            keys.add(key)
            elements.append(element)
    return Value(array_value={"values": elements})


def _remove_all(old: Message | None, removed: list[Message]) -> Message:
    keys = {sort_key(element) for element in removed}
    elements = [element for element in _list_elements(old) if sort_key(element) not in keys]
    return Value(array_value={"values": elements})
