"""Random operations on Firestore, each a call with an answer that can be compared.

An operation is drawn once, from a seed, and run on every server: `Operation(world)` returns the
answer, without what may differ between two correct servers (times, names of projects).
"""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from google.api_core.exceptions import Aborted, GoogleAPICallError
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import And, FieldFilter

IDS = ["a", "b", "c", "d", "é", "z z"]
PATHS = ["x", "y", "m.x", "m.y", "m.deep.x", "`odd name`", "list"]
OPERATORS = ["==", "==", "<", "<=", ">", ">=", "in"]
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class World:
    """One server, and the times of its documents, in the order in which they were read."""

    client: firestore.Client
    times: dict[str, list[Any]] = field(default_factory=dict)

    def document(self, name: str) -> Any:
        return self.client.document(name)

    def saw(self, snapshot: Any) -> tuple[int, int]:
        """The times of a document as numbers: the how-manieth different ones they are."""
        path = snapshot.reference.path
        return tuple(
            self._number(f"{kind} {path}", getattr(snapshot, f"{kind}_time"))
            for kind in ("create", "update")
        )  # type: ignore[return-value]

    def _number(self, key: str, time: Any) -> int:
        known = self.times.setdefault(key, [])
        if time not in known:
            known.append(time)
        return known.index(time)


Operation = Callable[[World], Any]


def answer_to(operation: Operation, world: World) -> Any:
    """Return the answer of the server: a plain value, or the class of its error."""
    try:
        return operation(world)
    except GoogleAPICallError as error:
        return type(error).__name__
    except ValueError:
        return "the client itself refuses"


def plain(value: Any) -> Any:
    """Return a value of a document without what differs between servers."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in sorted(value.items())}
    if isinstance(value, list):
        return [plain(each) for each in value]
    match value:
        case float():
            comparable: Any = repr(value)  # NaN equals itself, and -0.0 is not 0.0
        case datetime() if value.year > EPOCH.year:
            comparable = "the server's time"
        case firestore.DocumentReference():
            comparable = value.path
        case firestore.GeoPoint():
            comparable = (value.latitude, value.longitude)
        case _:
            comparable = value
    return type(value).__name__, comparable


def scalar(luck: random.Random, world: World) -> Any:
    return luck.choice([
        None, False, True, 0, 1, 2, -1, 2**53, 2**63 - 1, 0.0, -0.0, 1.0, 1.5, float("nan"),
        float("inf"), "", "a", "b", "é", "\uffff", "\U0001f600", b"", b"a\xff", EPOCH,
        EPOCH.replace(microsecond=7), firestore.GeoPoint(1, 2),
        world.document("c/a"),
    ])  # fmt: skip


def value(luck: random.Random, world: World) -> Any:
    match luck.randrange(10):
        case 0:
            return [scalar(luck, world) for _ in range(luck.randrange(4))]
        case 1:
            return {
                key: scalar(luck, world)
                for key in luck.sample(["x", "y", "odd name"], luck.randrange(3))
            }
        case 2:
            return [{"x": scalar(luck, world)}, scalar(luck, world)]
        case _:
            return scalar(luck, world)


def number(luck: random.Random) -> float:
    return luck.choice([1, 2, -1, 0.5, 1.0, 2**63 - 1, float("nan"), float("inf")])


def change(luck: random.Random, world: World) -> Any:
    """What may stand in an update: a value, or a transform."""
    match luck.randrange(8):
        case 0:
            return firestore.DELETE_FIELD
        case 1:
            return firestore.SERVER_TIMESTAMP
        case 2:
            return firestore.Increment(number(luck))
        case 3:
            return firestore.ArrayUnion([scalar(luck, world) for _ in range(luck.randrange(1, 3))])
        case 4:
            return firestore.ArrayRemove([scalar(luck, world) for _ in range(luck.randrange(1, 3))])
        case _:
            return value(luck, world)


def fields(luck: random.Random, world: World) -> dict[str, Any]:
    names = luck.sample(["x", "y", "m", "odd name", "list", "n"], luck.randrange(1, 4))
    return {name: value(luck, world) for name in names}


def seeded(make: Callable[[random.Random, World], Any]) -> Callable[[random.Random], Operation]:
    """Draw the same values for every server, with references to documents of that server."""

    def operation(luck: random.Random) -> Operation:
        seed = luck.getrandbits(64)
        return lambda world: make(random.Random(seed), world)

    return operation


def results(written: list[Any]) -> list[Any]:
    return [
        [
            str(each).strip() if "timestamp" not in str(each) else "time"
            for each in one.transform_results
        ]
        for one in written
    ]


def put(luck: random.Random, world: World, batch: Any) -> None:
    """One random write into a batch or transaction."""
    document = world.document(f"c/{luck.choice(IDS)}")
    known = world.times.get(f"update {document.path}")
    stale = luck.random() < 0.5
    option = None
    if luck.random() < 0.2 and known:
        option = world.client.write_option(last_update_time=known[0] if stale else known[-1])
    elif luck.random() < 0.2:
        option = world.client.write_option(exists=True)
    match luck.randrange(6):
        case 0:
            batch.create(document, fields(luck, world))
        case 1:
            batch.delete(document, option)
        case 2:
            batch.set(document, fields(luck, world), merge=True)
        case 3:
            chosen = luck.sample(PATHS, luck.randrange(1, 3))
            batch.update(document, {path: change(luck, world) for path in chosen}, option)
        case _:
            batch.set(document, fields(luck, world) | {"n": luck.randrange(5)})


def write(luck: random.Random, world: World) -> Any:
    batch = world.client.batch()
    for _ in range(luck.choice([1, 1, 1, 2, 4])):
        put(luck, world, batch)
    return results(batch.commit(retry=None))


def read(luck: random.Random, world: World) -> Any:
    documents = [world.document(f"c/{each}") for each in luck.sample(IDS, 3)]
    masks = luck.sample(PATHS, 2) if luck.random() < 0.3 else None
    found = world.client.get_all(documents, field_paths=masks, retry=None)
    return sorted(
        (
            each.id,
            each.exists,
            plain(each.to_dict()) if each.exists else None,
            world.saw(each) if each.exists else None,
        )
        for each in found
    )


def condition(luck: random.Random, world: World) -> FieldFilter:
    path, operator = luck.choice(["x", "y", "m.x", "n", "__name__"]), luck.choice(OPERATORS)
    several = operator == "in"
    if path == "__name__":
        name = world.document(f"c/{luck.choice(IDS)}")
        return FieldFilter(path, operator, [name] if several else name)
    return FieldFilter(
        path, operator, [scalar(luck, world) for _ in range(2)] if several else scalar(luck, world)
    )


def query(luck: random.Random, world: World) -> Any:
    asked: Any = world.client.collection("c")
    filters = [condition(luck, world) for _ in range(luck.choice([0, 0, 1, 1, 2]))]
    if filters:
        asked = asked.where(filter=And(filters) if len(filters) > 1 else filters[0])
    for path in luck.sample(["x", "n", "m.x", "__name__"], luck.choice([0, 0, 1, 2])):
        asked = asked.order_by(path, direction=luck.choice(["ASCENDING", "DESCENDING"]))
    if luck.random() < 0.3:
        known = world.document(f"c/{luck.choice(IDS)}").get(retry=None)
        cursor = getattr(asked, luck.choice(["start_at", "start_after", "end_at", "end_before"]))
        asked = cursor(known) if known.exists else asked
    if luck.random() < 0.3:
        asked = asked.limit(luck.randrange(1, 4))
    if luck.random() < 0.2:
        asked = asked.select(luck.sample(PATHS, 2))
    if luck.random() < 0.2:
        return asked.count().get(retry=None)[0][0].value
    return [(each.id, plain(each.to_dict())) for each in asked.stream(retry=None)]


def listing(luck: random.Random, world: World) -> Any:
    if luck.random() < 0.5:
        world.document(f"c/{luck.choice(IDS)}/deep/{luck.choice(IDS)}").set({"x": 1}, retry=None)
    names = [
        document.id
        for document in world.client.collection("c").list_documents(page_size=luck.randrange(1, 5))
    ]
    below = [each.id for each in world.document(f"c/{luck.choice(IDS)}").collections()]
    return names, below, sorted(each.id for each in world.client.collections())


def transaction(luck: random.Random, world: World) -> Any:
    """A transaction without others: it reads one moment, and writes everything or nothing."""
    asked = world.client.transaction()
    asked._begin()
    try:
        documents = [world.document(f"c/{each}") for each in luck.sample(IDS, 2)]
        seen = [plain(document.get(transaction=asked).to_dict()) for document in documents]
        for _ in range(luck.randrange(3)):
            put(luck, world, asked)
        if luck.random() < 0.2:
            asked._rollback()
            return seen, "rolled back"
        return seen, results(asked._commit())
    except (GoogleAPICallError, ValueError):
        asked._rollback()  # as the client does for its user
        raise


def conflict(luck: random.Random, world: World) -> Any:
    """Two clients change the same documents at once: the result is that of one after the other."""
    names, steps = luck.sample(IDS, 2), (luck.randrange(1, 9), luck.randrange(1, 9))
    documents = [world.document(f"counters/{name}") for name in names]

    @firestore.transactional
    def add(transaction: Any, step: int) -> None:
        seen = [document.get(transaction=transaction) for document in documents]
        for snapshot in seen:
            transaction.set(
                snapshot.reference, {"n": ((snapshot.to_dict() or {}).get("n") or 0) + step}
            )

    def until_committed(step: int) -> None:
        while True:
            try:
                return add(world.client.transaction(), step)
            except (Aborted, ValueError):  # ValueError: the client has given up after five attempts
                continue

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(until_committed, steps))
    return [document.get().to_dict() for document in documents]


KINDS: list[tuple[int, Callable[[random.Random], Operation]]] = [
    (40, seeded(write)),
    (20, seeded(read)),
    (30, seeded(query)),
    (4, seeded(listing)),
    (8, seeded(transaction)),
    (1, seeded(conflict)),
]


def operations(seed: int, count: int) -> list[Operation]:
    """`count` operations, the same for the same seed."""
    luck = random.Random(seed)
    weights, kinds = zip(*KINDS, strict=True)
    return [kind(luck) for kind in luck.choices(kinds, weights, k=count)]
