"""Which permissions the functions need that call Google's clients, read from their source.

The permissions of each call are those of Google's pages "Security for server client libraries"
(Firestore), "IAM permissions for JSON methods" (Cloud Storage) and "Firebase Authentication roles".
"""

import ast
from collections.abc import Iterator

from tests.unit.permissions._graph import ADAPTERS, Graph

READ, LIST = "datastore.entities.get", "datastore.entities.list"
CREATE, UPDATE, DELETE = (f"datastore.entities.{each}" for each in ("create", "update", "delete"))
TRANSACTION = "datastore.databases.get"
"""To begin a transaction, and to roll it back."""
FIRESTORE = {
    "create": {CREATE},
    "set": {CREATE, UPDATE},
    "update": {UPDATE},
    "delete": {DELETE},
    "get": {READ},
    "get_all": {READ},
    "stream": {READ, LIST},
    "count": {READ, LIST},
}
OF_STORAGE = ("cloud_storage", "raw_storage", "google_inspection")
OF_FIRESTORE = ("firestore_", "raw_firestore", "google_inspection")
"""Modules of adapters."""
WRITERS = ("transaction", "batch", "document")
"""How names of objects begin or end that `create`, `set`, `update` and `delete` are called of."""
STORAGE = {
    # Each carries the condition that there is no such object, so none of them may replace one.
    "upload_from_string": {"storage.objects.create"},
    "upload_from_filename": {"storage.objects.create"},
    "download_as_bytes": {"storage.objects.get"},
    "download_to_filename": {"storage.objects.get"},
    "delete": {"storage.objects.delete"},
    "list_blobs": {"storage.objects.list"},
    "blob": set[str](),
    "reload": {"storage.buckets.get"},
}
DESCRIPTION = {
    *("name", "size", "generation", "time_created", "crc32c", "client"),
    *("_properties", "_patch_property"),
}
"""What is read of a bucket or an object that is described already, or to be written."""
OTHERS = {
    # An upload without a condition may replace an object.
    f"{ADAPTERS}raw_storage.CloudStorageRawObjects.replace": {"storage.objects.delete"},
    f"{ADAPTERS}google_rules.read_deployed_rules": {
        "firebaserules.releases.get",
        "firebaserules.rulesets.get",
    },
}
"""What does not show in the names of calls."""
ACCOUNTS = {
    "verify_id_token": {"firebaseauth.users.get"},  # whether it was revoked
    "get_user": {"firebaseauth.users.get"},
    "get_user_by_email": {"firebaseauth.users.get"},
    "list_users": {"firebaseauth.users.get"},
    "set_custom_user_claims": {"firebaseauth.users.update"},
    "revoke_refresh_tokens": {"firebaseauth.users.update"},
}
RPCS = {
    "batch_get_documents": {READ},
    "begin_transaction": {TRANSACTION},
    "commit": {CREATE, UPDATE, DELETE},
    "rollback": {TRANSACTION},
    "run_aggregation_query": {READ, LIST},
    "run_query": {READ, LIST},
}
"""The calls behind them, which the client of Firestore makes."""


def find_permissions(graph: Graph, node: str) -> set[str]:
    """Return the permissions that a function of an adapter, or of `service.callers`, needs.

    Raises:
        KeyError: it calls something of Google's client that is in no table here.
    """
    needed: set[str] = set()
    for source in graph.sources[node]:
        for receiver, name in _list_attributes(source):
            last = receiver.rpartition(".")[2].lstrip("_")
            if node.startswith(tuple(f"{ADAPTERS}{each}." for each in OF_STORAGE)):
                needed |= _of_storage(last, name)
            if node.startswith(tuple(f"{ADAPTERS}{each}" for each in OF_FIRESTORE)):
                needed |= _of_firestore(last, name)
            if node.startswith("service.callers.") and (last == "client" or name in ACCOUNTS):
                needed |= ACCOUNTS[name]
        names = {each.id for each in ast.walk(source) if isinstance(each, ast.Name)}
        needed |= {TRANSACTION} if "run_transaction" in names else set()
    return needed | OTHERS.get(node, set())


def _of_storage(receiver: str, name: str) -> set[str]:
    is_object = receiver.startswith(("blob(", "bucket")) or receiver == "blob"
    return STORAGE[name] if is_object and name not in DESCRIPTION else set()


def _of_firestore(receiver: str, name: str) -> set[str]:
    if receiver in {"firestore_api", "api"}:
        return RPCS[name]
    reads = name in {"get", "get_all", "stream", "count"}
    return FIRESTORE.get(name, set()) if reads or _is_writer(receiver) else set()


def _is_writer(name: str) -> bool:
    return name.startswith(WRITERS) or name.endswith(WRITERS)


def _list_attributes(source: ast.AST) -> Iterator[tuple[str, str]]:
    for each in ast.walk(source):
        if isinstance(each, ast.Attribute):
            yield ast.unparse(each.value), each.attr
