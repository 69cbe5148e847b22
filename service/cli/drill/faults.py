"""Which faults a drill injects, one after another: the same for the same seed."""

import random
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from service.cli.drill.proxy import Fault as Network

WORKERS = ("worker", "worker-2")
BEATS = ("beat", "beat-2")
PROCESSES = (*WORKERS, *BEATS, "service", "redis", "emulators")
BACKENDS = ("firestore", "storage", "redis")
LEASE_SECONDS = 3
"""Short, so that a stall of a few seconds outlasts it."""
LONGEST_DELAY = 3.0
"""About as long as a run takes, so that faults strike in each of its steps."""


class Kind(StrEnum):
    """What is done to the running system."""

    KILL = "kill"
    """kill -9 of a process with its children; it is started again."""
    KILL_CHILD = "kill child"
    """kill -9 of the largest child of a worker, which executes its tasks, as by lack of memory."""
    STOP = "stop"
    """SIGTERM, as at a deployment; it is started again."""
    STALL = "stall"
    """SIGSTOP, and SIGCONT later; most last longer than a lease."""
    NETWORK = "network"
    """The connections to a backend are down, hang, are slow, flap, or are cut in the middle."""
    FLUSH = "flush"
    """All that Redis holds is deleted."""
    DAMAGE = "damage data"
    """A worker's data set has other bytes in its middle."""
    TRUNCATE = "truncate data"
    """A worker's data set loses its second half."""
    DELETE = "delete data"
    """A worker's data set, or its whole data folder, is deleted."""
    DAMAGE_FEATURES = "damage features"
    """The cached features of a worker have other bytes."""
    DAMAGE_STAGING = "damage staging"
    """An object that a run has stored for its later steps is cut short, or deleted."""
    FULL = "full disk"
    """No process of a worker can write more than a few kilobytes into a file."""
    REPEAT = "repeat tasks"
    """Tasks are queued again that are under way: the run's, the sweep's, the check's."""
    FORGED = "odd slot"
    """Someone edits the document of the slot or of a run in Firebase's console."""


class Planned(NamedTuple):
    """A fault that is to be injected.

    kind: what is done. target: the process, backend or worker that it is done to. how: the fault
    of the network, or a variant. delay: how long after the request for a run. seconds: how long it
    lasts. number: chooses further details.
    """

    kind: Kind
    target: str
    how: str
    delay: float
    seconds: float
    number: int

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.kind), self.target, self.how) if part)


_NETWORK = tuple(str(fault) for fault in Network if fault is not Network.NONE)
_DECK = (
    *[(Kind.KILL, name, "") for name in (*PROCESSES, *WORKERS, *WORKERS)],
    *[(Kind.KILL_CHILD, name, "") for name in (*WORKERS, *WORKERS)],
    *[(Kind.STOP, name, "") for name in (*WORKERS, "service", "beat")],
    *[(Kind.STALL, name, "") for name in (*WORKERS, *WORKERS, "service", "redis", "emulators")],
    *[(Kind.NETWORK, name, how) for name in BACKENDS for how in _NETWORK],
    (Kind.FLUSH, "redis", ""),
    *[
        (kind, name, "")
        for kind in (Kind.DAMAGE, Kind.TRUNCATE, Kind.DAMAGE_FEATURES, Kind.FULL)
        for name in WORKERS
    ],
    *[(Kind.DELETE, name, how) for name, how in zip(WORKERS, ("file", "folder"), strict=True)],
    *[(Kind.DAMAGE_STAGING, "storage", how) for how in ("cut", "deleted")],
    *[(Kind.REPEAT, "redis", "") for _ in range(3)],
    *[(Kind.FORGED, "firestore", how) for how in ("slot", "state")],
)
"""Every fault once, and those oftener that hit a run; it is dealt in another order each time."""
DECK_SIZE = len(_DECK)


def plan_faults(seed: int) -> Iterator[Planned]:
    """Yield faults without end; every DECK_SIZE of them hold each kind with each target."""
    rng = random.Random(seed)  # noqa: S311 - a drill, no secret
    while True:
        for kind, target, how in rng.sample(_DECK, len(_DECK)):
            delay, seconds = rng.uniform(0, LONGEST_DELAY), _choose_seconds(kind, rng)
            yield Planned(kind, target, how, delay, seconds, rng.randrange(2**31))


def _choose_seconds(kind: Kind, rng: random.Random) -> float:
    """Return how long a fault of this kind lasts; 0 for one that happens at once."""
    if kind is Kind.STALL:
        return rng.uniform(0.5, 2 * LEASE_SECONDS)
    if kind in {Kind.NETWORK, Kind.FULL}:
        return rng.uniform(0.5, 1.5 * LEASE_SECONDS)
    return 0.0
