"""An owner who decides, releases, tries, cancels and forgets over HTTP while faults strike."""

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import httpx

from pipeline.reasons import DrawingReason, RefusalReason
from pipeline.records.corrections import CorrectionState
from service.cli.drill.actor import Actor
from service.cli.drill.players import Ledger
from service.cli.drill.system import CLASSES, System

ANSWER_SECONDS = 8.0
PAUSE_SECONDS = 1.0
REOPENED = (
    RefusalReason.DUPLICATE,
    RefusalReason.UNKNOWN_LABEL,
    DrawingReason.UNREADABLE_IMAGE,
)
MOST_FORGOTTEN = 10
"""Players: each run that forgets one fits again."""


class Owner(Actor):
    """Calls the service."""

    pause_seconds = PAUSE_SECONDS

    def __init__(self, system: System, ledger: Ledger, seed: int) -> None:
        super().__init__()
        self._rng = random.Random(f"owner {seed}")  # noqa: S311 - a drill, no secret
        self._ledger = ledger
        self._client = httpx.Client(
            base_url=system.service, headers={"X-API-Key": system.key}, timeout=ANSWER_SECONDS
        )

    def act(self) -> None:
        """Do one of the things; if the service is down, or refuses, something else comes next."""
        with suppress(httpx.HTTPError, LookupError):
            self._choose()()

    def _choose(self) -> Callable[[], None]:
        weighted = [
            *[self._retrain] * 2,
            *[self._decide] * 6,
            *[self._undo] * 2,
            self._reopen,
            *[self._promote] * 2,
            self._roll_back,
            self._cancel,
            self._try,
            self._stop_trial,
            self._withdraw,
            *[self._forget] * 5,
        ]
        return self._rng.choice(weighted)

    def _retrain(self) -> None:
        key = f"drill-{self._rng.randrange(10**9)}"
        for _ in range(self._rng.choice([1, 2])):  # the second time as the answer was lost
            self._post("/v1/retrains", {"Idempotency-Key": key})
        self._ledger.count("retrains asked for")

    def _decide(self) -> None:
        waiting = self._get("/v1/corrections", state=CorrectionState.QUARANTINED, limit=20)[
            "corrections"
        ]
        name = self._rng.choice(waiting)["id"]
        action = self._rng.choice(["accept", "refuse", "relabel"])
        body = {"action": action}
        if action == "relabel":
            body["label"] = self._rng.choice(CLASSES)
            self._ledger.relabelled.add(name)
        self._post(f"/v1/corrections/{quote(name)}/decision", body=body)
        self._ledger.count("decisions")

    def _undo(self) -> None:
        refused = self._get(
            "/v1/corrections", state=CorrectionState.REFUSED, reason=RefusalReason.OWNER
        )["corrections"]
        name = self._rng.choice(refused)["id"]
        self._client.delete(f"/v1/corrections/{quote(name)}/decision")
        self._ledger.count("decisions taken back")

    def _reopen(self) -> None:
        reason = self._rng.choice(REOPENED)
        self._post("/v1/corrections/reopen", body={"reason": reason, "limit": 10})
        self._ledger.count("reopened")

    def _promote(self) -> None:
        self._post(f"/v1/models/{self._ready()}/promote")
        self._ledger.count("promotions")

    def _roll_back(self) -> None:
        self._post("/v1/releases/rollback")
        self._ledger.count("rollbacks")

    def _cancel(self) -> None:
        newest = self._get("/v1/retrains", limit=1)["runs"][0]
        self._post(f"/v1/retrains/{newest['id']}/cancel")
        self._ledger.count("cancels")

    def _try(self) -> None:
        self._post(f"/v1/models/{self._ready()}/trial")
        self._ledger.count("trials")

    def _stop_trial(self) -> None:
        for trial in self._get("/v1/trials", state="open")["trials"]:
            self._post(f"/v1/trials/{trial['version']}/stop")
            self._ledger.count("trials stopped")

    def _withdraw(self) -> None:
        ready = [each for each in self._list_ready() if each != "v1.0.0"]
        self._post(f"/v1/models/{self._rng.choice(ready)}/withdraw", body={"why": "a drill"})
        self._ledger.count("withdrawals")

    def _forget(self) -> None:
        if len(self._ledger.gone) >= MOST_FORGOTTEN:
            return
        known = sorted({*self._ledger.sent.values()} - self._ledger.gone - {""})
        player = self._rng.choice(known)
        self._ledger.gone.add(player)  # before: it may be done though no answer comes
        answer = self._client.delete(f"/v1/players/{quote(player)}")
        if answer.is_client_error:
            self._ledger.gone.discard(player)  # a run is under way: nothing was recorded
        elif answer.status_code == httpx.codes.ACCEPTED:
            self._ledger.forgotten[answer.json()["id"]] = player
            self._ledger.count("players to be forgotten")

    def _ready(self) -> str:
        return self._rng.choice(self._list_ready())

    def _list_ready(self) -> list[str]:
        found = self._get("/v1/models", status="ready")["models"]
        return [each["version"] for each in found]

    def _get(self, path: str, **query: str | int) -> Any:
        return self._client.get(path, params=query).raise_for_status().json()

    def _post(
        self, path: str, headers: dict[str, str] | None = None, body: Any = None
    ) -> httpx.Response:
        return self._client.post(path, headers=headers, json=body)
