"""Google's Firestore client on an emulator, and short words for its queries."""

import uuid
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter


def connect(host: str, project: str | None = None) -> firestore.Client:
    """A client; in a project of its own, which is empty, unless one is named."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIRESTORE_EMULATOR_HOST", host)
        return firestore.Client(
            project=project or f"demo-{uuid.uuid4().hex}", credentials=AnonymousCredentials()
        )


def ids(query: Any) -> list[str]:
    return [snapshot.id for snapshot in query.stream()]


def where(field: str, op: str, value: Any) -> FieldFilter:
    return FieldFilter(field, op, value)
