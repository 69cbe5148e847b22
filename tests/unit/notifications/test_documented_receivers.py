"""The page about notifications names every kind and reason, and its snippets check signatures."""

import json
import re
import shutil
import subprocess
import time
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from pipeline.notifications.delivering import send_test
from pipeline.records.notifications import NotificationKind, NotificationReason
from pipeline.records.runs import RunState
from pipeline.settings import Settings
from tests._receiver import Receiver
from tests.unit.notifications.conftest import SECRET

PAGE = (Path(__file__).parents[3] / "docs/notifications.md").read_text()
OTHER = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def snippet(language: str) -> str:
    [code] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(code)


@pytest.fixture
def received(ports: Any, settings: Settings, receiver: Receiver) -> tuple[Message, bytes]:
    send_test(ports, settings.webhook)
    return receiver.received[0].headers, receiver.received[0].body


def test_every_kind_and_reason_is_on_the_page_and_no_other() -> None:
    rows = re.findall(r"^\| `([a-z._]+)` \| (.+?) \|", PAGE, re.MULTILINE)
    assert {kind for kind, _ in rows} == set(NotificationKind)
    named = {word for _, words in rows for word in re.findall(r"`(\w+)`", words)}
    ends = {str(state) for state in RunState if state.ended}
    assert named == {*map(str, NotificationReason), *ends}


def test_the_example_has_the_fields_that_are_sent(received: tuple[Message, bytes]) -> None:
    assert list(json.loads(snippet("json"))) == list(json.loads(received[1]))


def test_the_snippet_in_python_knows_genuine_requests(received: tuple[Message, bytes]) -> None:
    names: dict[str, Any] = {}
    exec(snippet("python"), names)
    is_genuine = names["is_genuine"]
    headers, body = received
    assert is_genuine(SECRET, headers, body)
    assert not is_genuine(OTHER, headers, body)
    assert not is_genuine(SECRET, headers, body + b" ")
    for name, value in (
        ("webhook-timestamp", str(int(time.time()) - 400)),
        ("webhook-timestamp", "now"),
        ("webhook-id", "msg_other"),
        ("webhook-signature", "v1,é v2,x"),
    ):
        assert not is_genuine(SECRET, {**dict(headers), name: value}, body), name


@pytest.mark.skipif(shutil.which("node") is None, reason="it needs Node")
def test_the_snippet_in_javascript_knows_them_too(
    received: tuple[Message, bytes], tmp_path: Path
) -> None:
    headers, body = received
    cases = [
        (SECRET, dict(headers), body),
        (OTHER, dict(headers), body),
        (SECRET, dict(headers), body + b" "),
        (SECRET, {**dict(headers), "webhook-timestamp": str(int(time.time()) - 400)}, body),
        (SECRET, {**dict(headers), "webhook-signature": "v1,short"}, body),
    ]
    (tmp_path / "receiver.mjs").write_text(snippet("javascript"))
    (tmp_path / "ask.mjs").write_text(
        'import { isGenuine } from "./receiver.mjs";\n'
        'import { readFileSync } from "node:fs";\n'
        "const cases = JSON.parse(readFileSync(0));\n"
        "console.log(JSON.stringify(cases.map(([secret, headers, body]) =>"
        ' isGenuine(secret, headers, Buffer.from(body, "base64")))));\n'
    )
    import base64

    given = json.dumps(
        [(key, names, base64.b64encode(data).decode()) for key, names, data in cases]
    )
    said = subprocess.run(
        ["node", str(tmp_path / "ask.mjs")], input=given, capture_output=True, text=True, check=True
    )
    assert json.loads(said.stdout) == [True, False, False, False, False]
