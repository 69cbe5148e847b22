"""One of several processes that contend for documents: `transfer|claim HOST PROJECT NUMBER`.

Print one line for each change; "again" where the client gave up, and the change is tried again.
"""

import os
import random
import sys
from typing import Any

from google.api_core.exceptions import Aborted
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

TRANSFERS = 40  # by each process
ACCOUNTS = 5


@firestore.transactional
def transfer(transaction: Any, source: Any, target: Any, amount: int) -> str:
    before = [account.get(transaction=transaction).get("n") for account in (source, target)]
    transaction.update(source, {"n": before[0] - amount})
    transaction.update(target, {"n": before[1] + amount})
    return f"{source.id} {target.id} {amount}"


@firestore.transactional
def claim(transaction: Any, jobs: Any) -> str | None:
    pending = jobs.where(filter=FieldFilter("status", "==", "pending")).limit(1)
    found = list(pending.stream(transaction=transaction))
    if not found:
        return None
    transaction.update(found[0].reference, {"status": "claimed"})
    return str(found[0].id)


def until_committed(client: Any, change: Any, *arguments: Any) -> Any:
    while True:
        try:
            return change(client.transaction(), *arguments)
        except (Aborted, ValueError):  # ValueError: "Failed to commit transaction in 5 attempts."
            print("again", flush=True)


def main(what: str, host: str, project: str, number: int) -> None:
    os.environ["FIRESTORE_EMULATOR_HOST"] = host
    client = firestore.Client(project=project, credentials=AnonymousCredentials())
    if what == "claim":
        while (job := until_committed(client, claim, client.collection("jobs"))) is not None:
            print(job, flush=True)
        return
    luck = random.Random(number)
    for _ in range(TRANSFERS):
        source, target = luck.sample(range(ACCOUNTS), 2)
        accounts = (client.document(f"accounts/{each}") for each in (source, target))
        print(until_committed(client, transfer, *accounts, luck.randint(1, 9)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
