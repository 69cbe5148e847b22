"""Ask Google's own code what security rules allow: it is part of its Firestore emulator.

The Storage emulator of the firebase CLI evaluates rules by the same code.
"""

import json
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from emulator.official import find_official_command

PROGRAM = Path(__file__).with_name("EvaluateRules.java")
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
"""The time of a request."""
PLAYER: dict[str, Any] = {"uid": "ann", "token": {"sub": "ann"}}
OWNER: dict[str, Any] = {"uid": "ada", "token": {"sub": "ada", "admin": True}}
ANYONE = None


class Asked(NamedTuple):
    """A request: the method as rules name it, the path, who asks, and what is there and to be."""

    method: str
    path: str
    auth: dict[str, Any] | None
    after: dict[str, Any] | None = None
    before: dict[str, Any] | None = None


def evaluate_rules(rules: Path, service: str, requests: Iterable[Asked]) -> list[bool]:
    """Return for each request whether the rules allow it. A rule that fails allows nothing.

    Args:
        rules: the file with the rules.
        service: `cloud.firestore` or `firebase.storage`.
        requests: what is asked.
    """
    command = find_official_command(0)
    lines = [json.dumps(_write(service, each)) for each in requests]
    done = subprocess.run(
        [*command[:3], str(PROGRAM), str(rules)],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = done.stdout.splitlines()
    assert len(answers) == len(lines), done.stderr
    return [answer == "true" for answer in answers]


def _write(service: str, asked: Asked) -> dict[str, Any]:
    request = {"auth": asked.auth, "time": NOW, "resource": asked.after, "method": asked.method}
    return {
        "service": service,
        "method": asked.method,
        "path": asked.path,
        "variables": {"request": _value(request), "resource": _value(asked.before)},
    }


def _value(value: Any) -> dict[str, Any]:
    """Return a value as the JSON of an ExpressionValue."""
    if isinstance(value, dict):
        return {"mapValue": {"fields": {key: _value(each) for key, each in value.items()}}}
    plain = {
        type(None): "nullValue",
        bool: "boolValue",
        int: "intValue",
        float: "floatValue",
        str: "stringValue",
    }
    if isinstance(value, datetime):
        return {"timestampValue": value.isoformat().replace("+00:00", "Z")}
    return {plain[type(value)]: value}
