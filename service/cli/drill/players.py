"""Players, and a person at Firebase's console, who go on while faults strike."""

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from google.api_core.exceptions import GoogleAPICallError, RetryError
from google.cloud import firestore, storage
from requests.exceptions import RequestException

from emulator.players.canvases import SentCorrection, player_corrections
from emulator.players.sketches import PLAYERS_HASTE, sketch_rows
from service.cli.drill.actor import Actor
from service.cli.drill.system import CLASSES, System

PLAYERS = 40
SKETCHED = 30  # of each class
ANSWER_SECONDS = 5.0
ONCE: dict[str, Any] = {"timeout": ANSWER_SECONDS, "retry": None}
PAUSE_SECONDS = 0.15
"""Between two corrections."""
REFUSALS = (GoogleAPICallError, RetryError, RequestException, OSError)
BROKEN: tuple[dict[str, Any], ...] = (
    {"userId": ""},
    {"userId": None},
    {"correctedLabel": 7},
    {"correctedLabel": "no such class"},
    {"timestamp": "yesterday"},
    {"imageStoragePath": "../../models/production/v1.0.0/manifest.json"},
    {"imageStoragePath": ["a", "list"]},
    {"confidence": float("nan")},
    {"status": firestore.DELETE_FIELD},
)
"""What hostile clients, old ones and broken ones write instead."""


@dataclass
class Ledger:
    """What was done to documents: what must be found again, and what need not."""

    sent: dict[str, str] = field(default_factory=dict)
    """The player of each correction whose document Firestore has confirmed, by id."""
    deleted: set[str] = field(default_factory=set)
    """Corrections that the person at the console has deleted, or tried to."""
    ignored: set[str] = field(default_factory=set)
    """Those that the person gave a status that Redraw does not know."""
    relabelled: set[str] = field(default_factory=set)
    """Those whose label was changed after they were sent: either may be in the data set."""
    edited_runs: set[str] = field(default_factory=set)
    """Runs whose document was made unreadable."""
    forgotten: dict[str, str] = field(default_factory=dict)
    """The player whom each run was asked to forget, by the id of the run."""
    gone: set[str] = field(default_factory=set)
    """Players who were asked to be forgotten: they play no more."""
    counts: dict[str, int] = field(default_factory=dict)
    """How often each thing was done."""

    def count(self, what: str) -> None:
        """Note that something was done."""
        self.counts[what] = self.counts.get(what, 0) + 1


class Players(Actor):
    """Sends corrections, and edits documents."""

    pause_seconds = PAUSE_SECONDS

    def __init__(self, system: System, ledger: Ledger, seed: int) -> None:
        super().__init__()
        self._rng = random.Random(f"players {seed}")  # noqa: S311 - a drill, no secret
        self._ledger = ledger
        project, bucket = system.settings.project_id, system.settings.bucket
        self._documents = firestore.Client(project=project).collection("corrections")
        self._bucket = storage.Client(project=project).bucket(bucket)
        self._stream = _draw(seed)

    def act(self) -> None:
        """Do one of the things; while a backend is down the client gives up, as a phone does."""
        with suppress(*REFUSALS):
            self._choose()()

    def _choose(self) -> Callable[[], None]:
        chance = self._rng.random()
        if chance < 0.85 or not self._ledger.sent:  # noqa: PLR2004 - most of what happens
            return self._send
        return self._rng.choice(
            [self._send_again, self._delete, self._relabel, self._reset, self._ignore]
        )

    def _send(self) -> None:
        correction = next(self._stream)
        while correction.fields["userId"] in self._ledger.gone:
            correction = next(self._stream)
        fields = dict(correction.fields)
        if self._rng.random() < 0.1:  # noqa: PLR2004 - one in ten lies about the drawing
            fields["correctedLabel"] = self._rng.choice(CLASSES)
        if self._rng.random() < 0.08:  # noqa: PLR2004 - so many clients are broken
            fields |= self._rng.choice(BROKEN)
            fields = {k: v for k, v in fields.items() if v is not firestore.DELETE_FIELD}
        self._upload(correction)
        if correction.fields["userId"] in self._ledger.gone:
            return  # asked to be forgotten meanwhile
        self._create(correction.id, fields)
        self._ledger.count("corrections sent")

    def _send_again(self) -> None:
        """Create a document whose id is taken, as a client does that heard no answer."""
        name = self._pick()
        with suppress(GoogleAPICallError):
            self._documents.document(name).create({"status": "pending"}, **ONCE)
        self._ledger.count("sent twice")

    def _delete(self) -> None:
        name = self._pick()
        self._ledger.deleted.add(name)  # before: it may be done though no answer comes
        self._documents.document(name).delete(**ONCE)
        self._ledger.count("deleted in the console")

    def _relabel(self) -> None:
        name = self._pick()
        self._ledger.relabelled.add(name)
        self._update(name, {"correctedLabel": self._rng.choice(CLASSES)})

    def _reset(self) -> None:
        """Make a settled correction pending again, by hand."""
        self._update(self._pick(), {"status": "pending"})

    def _ignore(self) -> None:
        name = self._pick()
        self._ledger.ignored.add(name)
        self._update(name, {"status": "on hold"})

    def _update(self, name: str, fields: dict[str, Any]) -> None:
        self._documents.document(name).update(fields, **ONCE)
        self._ledger.count("edited in the console")

    def _pick(self) -> str:
        return self._rng.choice(list(self._ledger.sent))

    def _upload(self, correction: SentCorrection) -> None:
        if correction.path is not None and correction.png is not None:
            self._bucket.blob(correction.path).upload_from_string(
                correction.png, "image/png", timeout=ANSWER_SECONDS
            )

    def _create(self, name: str, fields: dict[str, Any]) -> None:
        self._documents.document(name).create(fields, **ONCE)
        self._ledger.sent[name] = str(fields.get("userId") or "")


def _draw(seed: int) -> Iterator[SentCorrection]:
    rows = {name: sketch_rows(name, SKETCHED, seed + 1, PLAYERS_HASTE) for name in CLASSES}
    return player_corrections(
        rows, 10**6, seed % 1000, "v1.0.0", players=PLAYERS, faulty=0.1, categories=CLASSES
    )
