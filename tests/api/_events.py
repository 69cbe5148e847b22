"""Read the events of a run over a real connection."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any, NamedTuple

KEY = {"X-API-Key": "an-api-key-for-tests"}


class Told(NamedTuple):
    """An event as it arrived. `id` and `data` are None where it has none."""

    name: str
    id: int | None
    data: Any


@contextmanager
def listening(
    port: int, run_id: str = "run-1", last: int | None = None
) -> Iterator[Iterator[Told]]:
    """Follow a run; yield its events as they arrive, until the stream ends."""
    headers = KEY if last is None else KEY | {"Last-Event-ID": str(last)}
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", f"/v1/retrains/{run_id}/events", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        assert str(answer.getheader("content-type")).startswith("text/event-stream")
        yield read_events(line.decode().removesuffix("\n") for line in iter(answer.readline, b""))
    finally:
        connection.close()


def read_events(lines: Iterator[str]) -> Iterator[Told]:
    """Yield the events in the lines of a stream; comments are left out."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
        elif "event" in fields:
            number = fields.get("id")
            yield Told(
                fields["event"],
                None if number is None else int(number),
                json.loads(fields["data"]),
            )
            fields = {}
