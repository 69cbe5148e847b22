"""Look at a Firebase project itself, with Google's clients: account, bucket, indexes, its clock."""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import google.auth
import requests
from google.api_core.exceptions import FailedPrecondition, NotFound
from google.auth.transport.requests import AuthorizedSession, Request

from pipeline.adapters.credentials import EMULATORS
from pipeline.adapters.google_errors import translate_errors
from pipeline.adapters.google_rules import ADDRESS as RULES_ADDRESS
from pipeline.adapters.google_rules import read_deployed_rules
from pipeline.errors import NotFound as NoSuchThing
from pipeline.errors import Unavailable
from pipeline.records.inspection import Account, BucketState, Rules, Stranger
from pipeline.settings import Settings

STORAGE_ADDRESS = "https://storage.googleapis.com"
SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
CALL_SECONDS = 8.0
"""How long one call waits: less than a check is waited for."""
KINDS = {
    "google.oauth2.service_account": "key file of a service account",
    "google.auth.compute_engine.credentials": "service account of this machine",
    "google.auth.impersonated_credentials": "service account that another one stands in for",
    "google.auth.identity_pool": "workload identity of another platform",
    "google.auth.aws": "workload identity of another platform",
    "google.auth.pluggable": "workload identity of another platform",
    "google.oauth2.credentials": "login of a person",
}
"""What credentials are, by the module of their class."""
PERSON = "google.oauth2.credentials"
_HALF_A_SECOND = timedelta(seconds=0.5)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class GoogleInspector:
    """A ProjectInspector over Google's clients.

    Args:
        settings: the project.
        client: of Firestore.
        bucket: of Storage.
        rules_address: of the API of security rules.
    """

    def __init__(
        self, settings: Settings, client: Any, bucket: Any, rules_address: str = RULES_ADDRESS
    ) -> None:
        self._settings, self._client, self._bucket = settings, client, bucket
        self._rules_address = rules_address

    def describe_account(self) -> Account | None:
        if all(os.environ.get(name) for name in EMULATORS):
            return None
        with translate_errors("Google"):
            credentials, project = google.auth.default(SCOPES)
            credentials.refresh(_bounded_request())
        module = type(credentials).__module__
        own = getattr(credentials, "project_id", None)
        return Account(
            KINDS.get(module, "credentials of another kind"), module == PERSON, own or project
        )

    def describe_bucket(self) -> BucketState:
        try:
            with translate_errors("Storage"):
                self._bucket.reload(timeout=CALL_SECONDS, retry=None)
        except NotFound:
            raise NoSuchThing(
                f"there is no bucket {self._bucket.name}: create it in Firebase's console, or"
                " correct REDRAW_BUCKET"
            ) from None
        return describe_properties(self._bucket._properties)  # noqa: SLF001 - all that was read

    def ask_as_stranger(self) -> Stranger:
        emulator = os.environ.get("STORAGE_EMULATOR_HOST")
        name = quote(self._settings.bucket, safe="")
        url = f"{emulator or STORAGE_ADDRESS}/storage/v1/b/{name}/o?maxResults=1"
        before = datetime.now(UTC)
        with translate_errors("Storage"):
            answer = requests.get(url, timeout=CALL_SECONDS, allow_redirects=False)
        after = datetime.now(UTC)
        try:
            at = parsedate_to_datetime(answer.headers["Date"]) + _HALF_A_SECOND
        except (KeyError, ValueError):
            raise Unavailable(
                f"{url.partition('/storage/')[0]} names no date in its answer: it is not Storage"
            ) from None
        return Stranger(at, before, after, None if emulator else answer.ok)

    def find_missing_indexes(self, indexes: Sequence[Mapping[str, Any]]) -> list[str]:
        missing = []
        for index in indexes:
            try:
                with translate_errors("Firestore"):
                    list(self._query_by(index).stream(retry=None, timeout=CALL_SECONDS))
            except FailedPrecondition as error:
                building = " (it is being built)" if "building" in str(error) else ""
                missing.append(describe_index(index) + building)
        return missing

    def read_rules(self) -> Rules | None:
        if all(os.environ.get(name) for name in EMULATORS):
            return None
        with translate_errors("Google"):
            credentials, _ = google.auth.default(SCOPES)
            session = AuthorizedSession(credentials, refresh_timeout=CALL_SECONDS)
            return read_deployed_rules(
                session, self._settings, self._rules_address, seconds=CALL_SECONDS
            )

    def _query_by(self, index: Mapping[str, Any]) -> Any:
        """Return a query that this index alone answers, and that finds nothing."""
        from google.cloud.firestore_v1.base_query import FieldFilter

        *equal, last = index["fields"]
        query = self._client.collection(index["collectionGroup"])
        for field in equal:
            query = query.where(filter=FieldFilter(field["fieldPath"], "==", "\0redraw-doctor"))
        path = last["fieldPath"]
        return (
            query.where(filter=FieldFilter(path, "<=", _NEVER))
            .order_by(path, direction=last["order"])
            .limit(1)
        )


def describe_properties(properties: Mapping[str, Any]) -> BucketState:
    """Return the state of a bucket from its resource in the JSON API.

    https://cloud.google.com/storage/docs/json_api/v1/buckets
    """
    access = properties.get("iamConfiguration", {}).get("publicAccessPrevention")
    deleted = properties.get("softDeletePolicy", {}).get("retentionDurationSeconds")
    cors = properties.get("cors")
    return BucketState(
        location=properties.get("location"),
        versioning=properties.get("versioning", {}).get("enabled"),
        soft_delete_days=None if deleted is None else int(deleted) / 86_400,
        origins=None
        if cors is None
        else tuple(dict.fromkeys(each for rule in cors for each in rule.get("origin", ()))),
        guarded=None if access is None else access == "enforced",
    )


def describe_index(index: Mapping[str, Any]) -> str:
    """Return the name of an index in words: its collection and fields."""
    *equal, last = (field["fieldPath"] for field in index["fields"])
    direction = str(index["fields"][-1]["order"]).lower()
    return f"{index['collectionGroup']} ({', '.join(equal)}, {last} {direction})"


def _bounded_request() -> Any:
    """Return the transport of google-auth with a time limit for each request."""
    request = Request()
    return lambda *args, timeout=None, **options: request(
        *args, timeout=min(timeout or CALL_SECONDS, CALL_SECONDS), **options
    )
