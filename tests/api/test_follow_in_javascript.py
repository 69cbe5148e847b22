"""The function of docs/integration.md by which a page follows a run, as it is written there."""

import json
import re
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.records.runs import Run, RunState
from service.app import create_app
from service.following import feed
from service.following.stream import RunStream
from service.routes import events
from tests.api._events import KEY
from tests.api._server import serving
from tests.clients._node import NODE, needs_node

pytestmark = [needs_node, pytest.mark.slow]
PAGE = Path(__file__).parents[2] / "docs" / "integration.md"


def read_function() -> str:
    blocks = re.findall(r"```js\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return next(block for block in blocks if "function followRun" in block)


def test_a_page_is_told_each_event_once_also_when_the_stream_is_cut_in_between(
    settings: Any, ports: Any, queue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "POLL_SECONDS", 0.02)
    ports.runs.request(Run(id="run-1", requested_at=datetime.now(UTC)))
    lease = ports.runs.claim("run-1", "worker", 60)
    streams: list[RunStream] = []

    def stream(*parts: Any) -> RunStream:
        streams.append(RunStream(*parts))
        return streams[-1]

    monkeypatch.setattr(events, "RunStream", stream)
    app = create_app(settings, ports, queue)
    call = "followRun(%s, 'run-1', %s, (name, data) => console.log(JSON.stringify([name, data])));"
    with serving(app) as port:
        script = read_function().replace("3000", "10") + call % (
            json.dumps(f"http://127.0.0.1:{port}"),
            json.dumps(KEY),
        )
        page = subprocess.Popen([str(NODE), "-e", script], stdout=subprocess.PIPE, text=True)
        assert page.stdout is not None
        told = [json.loads(page.stdout.readline())]
        ports.runs.record(lease, {"state": RunState.COLLECTING})
        told.append(json.loads(page.stdout.readline()))
        streams[0]._stopping = True  # as when the process stops, but this one goes on
        while len(streams) == 1:
            time.sleep(0.01)
        ports.runs.record(lease, {"state": RunState.MERGING})
        ports.runs.record(lease, {"state": RunState.SKIPPED, "reason": "nothing “new”"})
        told += [json.loads(line) for line in page.stdout]
        assert page.wait(60) == 0
    assert [(name, data["state"]) for name, data in told] == [
        ("progress", "requested"),
        ("progress", "collecting"),
        ("progress", "merging"),
        ("end", "skipped"),
    ]
    assert told[-1][1]["reason"] == "nothing “new”"
