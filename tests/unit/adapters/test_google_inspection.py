"""What Google's services say of a project itself is read, and their refusals are told apart."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage

from pipeline.adapters import google_inspection
from pipeline.adapters.google_inspection import GoogleInspector
from pipeline.errors import AccessDenied, NotFound, RedrawError, Unavailable
from pipeline.records.inspection import Account, BucketState
from tests.unit.adapters._google import (
    SETTINGS,
    Google,
    make_key_text,
    running_google,
    write_key_file,
)

BUCKET = "/storage/v1/b/the-bucket"
FIRESTORE, STORAGE = "cloud.firestore", "firebase.storage/the-bucket"


@pytest.fixture(scope="module")
def server() -> Iterator[Google]:
    with running_google() as server:
        yield server


@pytest.fixture(scope="module")
def key() -> str:
    return make_key_text()


@pytest.fixture
def google(server: Google, key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Google:
    """The server, and this process's credentials and addresses set to it."""
    server.clear()
    file = tmp_path / "key.json"
    write_key_file(file, key, f"{server.url}/token")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
    for name in ("FIRESTORE_EMULATOR_HOST", "STORAGE_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(google_inspection, "STORAGE_ADDRESS", server.url)
    return server


@pytest.fixture
def inspector(google: Google) -> GoogleInspector:
    client = storage.Client(
        project=SETTINGS.project_id,
        credentials=AnonymousCredentials(),
        client_options={"api_endpoint": google.url},
    )
    return GoogleInspector(SETTINGS, None, client.bucket(SETTINGS.bucket), google.url)


# The account


def test_a_key_that_was_deleted_is_refused(inspector: GoogleInspector, google: Google) -> None:
    google.answers["/token"] = 400, {"error": "invalid_grant", "error_description": "gone"}
    with pytest.raises(AccessDenied, match="refuses our credentials"):
        inspector.describe_account()


def test_a_key_file_that_is_not_there_is_refused(
    inspector: GoogleInspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nothing/here.json")
    with pytest.raises(AccessDenied):
        inspector.describe_account()


def test_a_valid_key_is_described_without_its_secret(
    inspector: GoogleInspector, google: Google
) -> None:
    account = inspector.describe_account()
    assert account == Account("key file of a service account", person=False, project="the-game")
    assert google.paths == ["/token"]


def test_emulators_need_no_account(
    inspector: GoogleInspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:1")
    assert inspector.describe_account() is None
    assert inspector.read_rules() is None


# The bucket, as its owner and as a stranger


def test_a_bucket_that_is_not_there_is_told(inspector: GoogleInspector) -> None:
    with pytest.raises(NotFound, match="there is no bucket the-bucket"):
        inspector.describe_bucket()


def test_a_bucket_that_may_not_be_looked_at_is_told(
    inspector: GoogleInspector, google: Google
) -> None:
    google.answers[BUCKET] = 403, {"error": {"code": 403, "message": "no storage.buckets.get"}}
    with pytest.raises(AccessDenied):
        inspector.describe_bucket()


def test_what_storage_says_of_a_bucket_is_read(inspector: GoogleInspector, google: Google) -> None:
    google.answers[BUCKET] = (
        200,
        {
            "location": "EUROPE-WEST1",
            "versioning": {"enabled": True},
            "softDeletePolicy": {"retentionDurationSeconds": "604800"},
            "cors": [{"origin": ["https://game.example"], "method": ["GET"]}],
            "iamConfiguration": {"publicAccessPrevention": "enforced"},
        },
    )
    expected = BucketState("EUROPE-WEST1", True, 7.0, ("https://game.example",), True)
    assert inspector.describe_bucket() == expected


@pytest.mark.parametrize(("status", "may_list"), [(200, True), (401, False), (403, False)])
def test_a_stranger_who_may_list_the_bucket_is_seen(
    inspector: GoogleInspector, google: Google, status: int, may_list: bool
) -> None:
    google.answers[f"{BUCKET}/o"] = status, {}
    assert inspector.ask_as_stranger().may_list is may_list
    assert google.tokens == [None]


def test_the_clock_of_the_server_is_read(inspector: GoogleInspector, google: Google) -> None:
    google.ahead = timedelta(hours=2)
    seen = inspector.ask_as_stranger()
    assert seen.before <= seen.after <= datetime.now(UTC)
    assert timedelta(hours=1.9) < seen.at - seen.after < timedelta(hours=2.1)


def test_a_storage_that_is_down_is_no_clock(
    inspector: GoogleInspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(google_inspection, "STORAGE_ADDRESS", "http://127.0.0.1:1")
    with pytest.raises(Unavailable):
        inspector.ask_as_stranger()


# Rules


def test_the_rules_in_force_are_read_with_the_account_s_token(
    inspector: GoogleInspector, google: Google
) -> None:
    google.deploy(FIRESTORE, "rules of Firestore")
    google.deploy(STORAGE, "rules of Storage")
    rules = {"Firestore": "rules of Firestore", "Storage": "rules of Storage"}
    assert inspector.read_rules() == rules
    assert google.tokens[-1] == "Bearer the-token"


def test_a_service_without_rules_has_none(inspector: GoogleInspector, google: Google) -> None:
    google.deploy(FIRESTORE, "rules of Firestore")
    assert inspector.read_rules() == {"Firestore": "rules of Firestore", "Storage": None}


def test_rules_that_may_not_be_read_are_told(inspector: GoogleInspector, google: Google) -> None:
    release = f"/v1/projects/the-game/releases/{FIRESTORE}"
    google.answers[release] = 403, {"error": {"code": 403, "status": "PERMISSION_DENIED"}}
    with pytest.raises(AccessDenied):
        inspector.read_rules()


@pytest.mark.parametrize("content", [b"<html>", [1], {"rulesetName": "projects/x/rulesets/9"}])
def test_an_answer_that_is_none_of_the_api_is_told(
    inspector: GoogleInspector, google: Google, content: Any
) -> None:
    google.answers[f"/v1/projects/the-game/releases/{FIRESTORE}"] = 200, content
    with pytest.raises(RedrawError, match="check that nothing stands in between"):
        inspector.read_rules()


def test_an_overloaded_api_is_unavailable(inspector: GoogleInspector, google: Google) -> None:
    google.answers[f"/v1/projects/the-game/releases/{FIRESTORE}"] = 503, {}
    with pytest.raises(Unavailable):
        inspector.read_rules()
