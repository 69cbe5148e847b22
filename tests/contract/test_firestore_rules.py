"""firestore.rules as Google's emulator evaluates them, for requests that carry a player's token."""

import base64
import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from google.api_core.exceptions import PermissionDenied
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore

from pipeline.bootstrap import in_memory
from pipeline.categories import CATEGORIES
from pipeline.corrections.answering import SentAnswer, take_answer
from pipeline.settings import Settings
from tests._official import official_only
from tests.api._corrections import CANVAS

pytestmark = [official_only, pytest.mark.slow]

CORRECTION: dict[str, Any] = {
    "drawingId": "drawing-1",
    "sessionId": "session-1",
    "originalPrediction": "sun",
    "correctedLabel": "cat",
    "confidence": 0.4,
    "userId": "ann",
    "timestamp": firestore.SERVER_TIMESTAMP,
    "modelVersion": "v1.0.0",
    "imageStoragePath": "drawings/corrections/drawing-1.png",
    "status": "pending",
}


def token(project: str, uid: str) -> str:
    """An ID token of the project, unsigned as emulators take it."""
    now = int(time.time())
    claims = {
        "iss": f"https://securetoken.google.com/{project}", "aud": project, "sub": uid,
        "user_id": uid, "auth_time": now, "iat": now, "exp": now + 3600,
        "firebase": {"identities": {}, "sign_in_provider": "anonymous"},
    }  # fmt: skip
    parts = [json.dumps(part).encode() for part in ({"alg": "none", "typ": "JWT"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


Connect = Callable[[str | None], firestore.Client]


@pytest.fixture
def connect(official: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Return a client of a player by id, of a stranger (None), or of the owner (free of rules)."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", official)
    project, opened = f"demo-{uuid.uuid4().hex}", []

    def open_client(uid: str | None) -> firestore.Client:
        client = firestore.Client(project=project, credentials=AnonymousCredentials())
        opened.append(client)
        if uid != "owner":
            metadata = [
                (key, value) for key, value in client._rpc_metadata if key != "authorization"
            ]
            if uid is not None:
                metadata.append(("authorization", f"Bearer {token(project, uid)}"))
            client._rpc_metadata_internal = metadata
        return client

    yield open_client
    for client in opened:
        closing(client).__exit__(None, None, None)


@pytest.fixture
def ann(connect: Connect) -> firestore.Client:
    return connect("ann")


@pytest.fixture
def owner(connect: Connect) -> firestore.Client:
    return connect("owner")


def test_a_player_adds_a_correction_as_herself(
    ann: firestore.Client, owner: firestore.Client
) -> None:
    ann.document("corrections/c1").create(CORRECTION)
    assert owner.document("corrections/c1").get().get("userId") == "ann"


def test_what_the_service_writes_for_a_player_she_could_have_written(ann: firestore.Client) -> None:
    ports: Any = in_memory()
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    known = ("correctedLabel", "originalPrediction", "confidence", "modelVersion", "sessionId")
    details = {name: CORRECTION[name] for name in known} | {"asked": "margin", "askedChance": 1}
    sent = SentAnswer("d1", details, base64.b64encode(CANVAS).decode(), [STROKE])
    assert take_answer(sent, "ann", ports, settings).is_new
    written = ports.corrections.documents["d1"] | {"timestamp": firestore.SERVER_TIMESTAMP}
    ann.document("corrections/d1").create(written)


@pytest.mark.parametrize("label", CATEGORIES)
def test_every_class_is_a_label(ann: firestore.Client, label: str) -> None:
    ann.document("corrections/c1").create(CORRECTION | {"correctedLabel": label})


@pytest.mark.parametrize(
    "left_out",
    [["sessionId"], ["originalPrediction", "confidence", "modelVersion"]],
    ids=["session", "guess of the model"],
)
def test_what_a_correction_can_do_without_may_be_left_out(
    ann: firestore.Client, left_out: list[str]
) -> None:
    ann.document("corrections/c1").create(
        {key: value for key, value in CORRECTION.items() if key not in left_out}
    )


@pytest.mark.parametrize(
    "how", [{"asked": "none"}, {"asked": "audit", "askedChance": 0.01}, {"askedChance": 1}]
)
def test_a_correction_may_say_how_it_came_about(ann: firestore.Client, how: Any) -> None:
    ann.document("corrections/c1").create(CORRECTION | how)


@pytest.mark.parametrize(
    "how", [{"asked": "why"}, {"asked": 1}, *({"askedChance": chance} for chance in (0, 1.1, "1"))]
)
def test_a_chance_or_a_reason_that_there_is_not_is_refused(ann: firestore.Client, how: Any) -> None:
    with pytest.raises(PermissionDenied):
        ann.document("corrections/c1").create(CORRECTION | how)


def add_guesses(client: firestore.Client, number: float, name: str = "v1.0.0") -> None:
    """Add to the guessed drawings of a version, as docs/integration.md shows it."""
    counted = {"drawings": firestore.Increment(number), "updatedAt": firestore.SERVER_TIMESTAMP}
    client.document(f"guesses/{name}").set(counted, merge=True)


def test_players_add_up_how_many_drawings_were_guessed(
    ann: firestore.Client, owner: firestore.Client
) -> None:
    for number in (100, 20):
        add_guesses(ann, number)
    assert owner.document("guesses/v1.0.0").get().get("drawings") == 120


@pytest.mark.parametrize("number", [0, -5, 101, 0.5])
@pytest.mark.parametrize("before", [0, 50])
def test_nobody_takes_guesses_away_or_adds_many_at_once(
    ann: firestore.Client, number: float, before: int
) -> None:
    if before:
        add_guesses(ann, before)
    with pytest.raises(PermissionDenied):
        add_guesses(ann, number)


def test_a_stranger_counts_no_guesses(connect: Connect) -> None:
    with pytest.raises(PermissionDenied):
        add_guesses(connect(None), 1)


@pytest.mark.parametrize("name", ["v1", "total", "v1.0.0x"])
def test_guesses_are_counted_for_a_version(ann: firestore.Client, name: str) -> None:
    with pytest.raises(PermissionDenied):
        add_guesses(ann, 1, name)


STROKE = {"x": [1, 2.5], "y": [3, 4]}


@pytest.mark.parametrize("count", [1, 500])
def test_a_correction_may_carry_the_strokes_of_its_canvas(
    ann: firestore.Client, count: int
) -> None:
    ann.document("corrections/c1").create(CORRECTION | {"strokes": [STROKE] * count})


@pytest.mark.parametrize(
    "strokes",
    [
        [],
        [STROKE] * 501,
        "x",
        [1],
        [{"x": [1]}],
        [STROKE | {"t": [1]}],
        [{"x": 1, "y": 1}],
        [{"x": [1], "y": []}],
    ],
    ids=lambda strokes: str(strokes)[:40],
)
def test_strokes_of_another_shape_are_refused(ann: firestore.Client, strokes: Any) -> None:
    with pytest.raises(PermissionDenied):
        ann.document("corrections/c1").create(CORRECTION | {"strokes": strokes})


@pytest.mark.parametrize(
    "change",
    [
        {"userId": "bob"},
        {"status": "merged"},
        {"timestamp": datetime(2026, 1, 1, tzinfo=UTC)},
        {"timestamp": "now"},
        {"correctedLabel": "a dog"},
        {"correctedLabel": ["cat"]},
        {"originalPrediction": "a dog"},
        {"drawingId": "../models"},
        {"drawingId": "x" * 129, "imageStoragePath": f"drawings/corrections/{'x' * 129}.png"},
        {"imageStoragePath": "drawings/corrections/drawing-2.png"},
        {"imageStoragePath": "models/production/v1.0.0/quickdraw_v1.0.0.h5"},
        {"confidence": 2},
        {"confidence": "high"},
        {"sessionId": "x" * 129},
        {"modelVersion": 1},
        {"retraining": {"state": "merged"}},
        {"note": "hello"},
    ],
    ids=str,
)
def test_a_correction_that_says_anything_else_is_refused(
    ann: firestore.Client, owner: firestore.Client, change: dict[str, Any]
) -> None:
    with pytest.raises(PermissionDenied):
        ann.document("corrections/c1").create(CORRECTION | change)
    assert not owner.document("corrections/c1").get().exists


@pytest.mark.parametrize(
    "missing", ["drawingId", "correctedLabel", "userId", "timestamp", "imageStoragePath", "status"]
)
def test_a_correction_that_leaves_out_what_is_needed_is_refused(
    ann: firestore.Client, missing: str
) -> None:
    with pytest.raises(PermissionDenied):
        ann.document("corrections/c1").create(
            {key: value for key, value in CORRECTION.items() if key != missing}
        )


def test_a_correction_is_never_changed_read_or_deleted_by_players(
    ann: firestore.Client, owner: firestore.Client
) -> None:
    owner.document("corrections/c1").set(CORRECTION)
    document = ann.document("corrections/c1")
    for attempt in (
        lambda: document.set(CORRECTION),
        lambda: document.update({"correctedLabel": "sun"}),
        lambda: document.update({"retraining": {"state": "pending"}}),
        document.delete,
        document.get,
        lambda: list(ann.collection("corrections").stream()),
    ):
        with pytest.raises(PermissionDenied):
            attempt()


@pytest.mark.parametrize("path", ["models/v1.0.0", "releases/production"])
def test_players_read_models_and_releases_and_never_write_them(
    connect: Connect, ann: firestore.Client, owner: firestore.Client, path: str
) -> None:
    owner.document(path).set({"version": "v1.0.0"})
    assert ann.document(path).get().get("version") == "v1.0.0"
    for attempt in (
        lambda: ann.document(path).set({"version": "v9.0.0"}),
        lambda: ann.document(path).update({"version": "v9.0.0"}),
        ann.document(path).delete,
        lambda: ann.document(f"{path}-2").create({}),
        connect(None).document(path).get,
    ):
        with pytest.raises(PermissionDenied):
            attempt()


@pytest.mark.parametrize(
    "path",
    [
        "training_runs/r1",
        "leases/retraining",
        "decisions/c1",
        "trials/v1.0.4-7",
        "forget_requests/run-1",
        "notifications/msg_1",
        "notification_state/noticed",
        "players/ann",
        "models/v1.0.0/secret/s",
    ],
)
def test_everything_else_is_the_owner_s_alone(ann: firestore.Client, path: str) -> None:
    for attempt in (lambda: ann.document(path).get(), lambda: ann.document(path).set({})):
        with pytest.raises(PermissionDenied):
            attempt()


def test_a_stranger_who_has_not_signed_in_adds_nothing(connect: Connect) -> None:
    with pytest.raises(PermissionDenied):
        connect(None).document("corrections/c1").create(CORRECTION)


@pytest.mark.parametrize("uid", ["ann", None])
def test_players_neither_read_nor_write_the_history_of_releases(
    connect: Connect, uid: str | None
) -> None:
    entry = connect("owner").document("release_history/000000000001")
    entry.set({"fence": 1, "version": "v1.0.0", "by": "ada"})
    player = connect(uid)
    with pytest.raises(PermissionDenied):
        player.document("release_history/000000000001").get()
    with pytest.raises(PermissionDenied):
        player.document("release_history/000000000002").set({"fence": 2, "version": "v9.9.9"})
    with pytest.raises(PermissionDenied):
        list(player.collection("release_history").limit(1).stream())
