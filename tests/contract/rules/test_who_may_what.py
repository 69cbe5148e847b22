"""firestore.rules as Google's code evaluates them: who may do what in each of the collections."""

from typing import Any

import pytest

from emulator.rules import RULES
from tests._official import official_only
from tests.contract.rules._evaluate import ANYONE, NOW, OWNER, PLAYER, Asked, evaluate_rules

pytestmark = [official_only, pytest.mark.slow]

ROOT = "/databases/(default)/documents/"
BOB = {**PLAYER, "uid": "bob"}
METHODS = ("get", "list", "create", "update", "delete")
CORRECTION: dict[str, Any] = {
    "drawingId": "d1",
    "correctedLabel": "cat",
    "userId": "ann",
    "timestamp": NOW,
    "imageStoragePath": "drawings/corrections/d1.png",
    "status": "pending",
}
GUESSES = {"drawings": 20, "updatedAt": NOW}
DOCUMENTS: dict[str, dict[str, Any]] = {
    "corrections/d1": CORRECTION,
    "models/v1.0.0": {"version": "v1.0.0"},
    "releases/production": {"version": "v1.0.0"},
    "guesses/v1.0.0": GUESSES,
    "release_history/000000000001": {"by": "ada"},
    "trials/v1.0.1-7": {},
    "training_runs/run-1": {},
    "leases/retraining": {},
    "decisions/d1": {},
    "forget_requests/run-1": {},
    "notifications/msg_1": {},
    "notification_state/noticed": {},
    "players/ann": {},
}
PLAYERS_MAY = {
    ("get", "models/v1.0.0"),
    ("list", "models/v1.0.0"),
    ("get", "releases/production"),
    ("list", "releases/production"),
    ("create", "corrections/d1"),
    ("create", "guesses/v1.0.0"),
    ("update", "guesses/v1.0.0"),
}


def ask(method: str, path: str, auth: Any) -> Asked:
    data = DOCUMENTS[path]
    changed = data | {"drawings": 30} if path.startswith("guesses") else data
    after = {"create": data, "update": changed}.get(method)
    return Asked(
        method,
        ROOT + path,
        auth,
        None if after is None else {"data": after},
        None if method == "create" else {"data": data},
    )


@pytest.fixture(scope="module")
def answers() -> dict[tuple[str, str, str], bool]:
    who = {"player": PLAYER, "owner": OWNER, "anyone": ANYONE}
    cases = {("bob", "create", "corrections/d1"): ask("create", "corrections/d1", BOB)}
    cases |= {
        (name, method, path): ask(
            method, path, auth and {**auth, "uid": DOCUMENTS[path].get("userId", auth["uid"])}
        )
        for name, auth in who.items()
        for method in METHODS
        for path in DOCUMENTS
    }
    found = evaluate_rules(RULES, "cloud.firestore", cases.values())
    return dict(zip(cases, found, strict=True))


@pytest.mark.parametrize("who", ["player", "owner"])
def test_players_may_do_what_the_game_needs_and_owners_are_players_there(
    answers: dict[tuple[str, str, str], bool], who: str
) -> None:
    may = {(method, path) for (name, method, path), yes in answers.items() if name == who and yes}
    assert may == PLAYERS_MAY


def test_who_has_not_signed_in_may_do_nothing(answers: dict[tuple[str, str, str], bool]) -> None:
    assert [case for case, yes in answers.items() if case[0] == "anyone" and yes] == []


def test_nobody_adds_a_correction_in_another_s_name(
    answers: dict[tuple[str, str, str], bool],
) -> None:
    assert not answers["bob", "create", "corrections/d1"]
    assert answers["player", "create", "corrections/d1"]
