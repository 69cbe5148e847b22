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
}
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
            if node.startswith(f"{ADAPTERS}cloud_storage."):
                if last.startswith(("blob(", "bucket")) or last == "blob":
                    needed |= STORAGE.get(name, set()) if name in FIELDS else STORAGE[name]
            elif node.startswith(f"{ADAPTERS}firestore_"):
                if name in {"get", "get_all", "stream", "count"} or _is_writer(last):
                    needed |= FIRESTORE.get(name, set())
            elif node.startswith("service.callers.") and (last == "client" or name in ACCOUNTS):
                needed |= ACCOUNTS[name]
        if any(
            isinstance(each, ast.Name) and each.id == "run_transaction" for each in ast.walk(source)
        ):
            needed.add(TRANSACTION)
    return needed


FIELDS = {"name", "size", "generation"}
"""What is read of an object that is described already."""


def _is_writer(name: str) -> bool:
    return name.startswith(WRITERS) or name.endswith(WRITERS)


def _list_attributes(source: ast.AST) -> Iterator[tuple[str, str]]:
    for each in ast.walk(source):
        if isinstance(each, ast.Attribute):
            yield ast.unparse(each.value), each.attr
