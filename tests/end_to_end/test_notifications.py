"""A real worker tells a real receiver of a run, also if it is killed in between."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from pipeline.bootstrap import connect
from pipeline.notifications.finding import find_notifications
from pipeline.records.runs import Run
from service.cli.stack import BEAT, WORKER
from tests._receiver import receiving
from tests.end_to_end._house import House

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ADAPTER = "pipeline.adapters.firestore_notifications:FirestoreNotifications"
STEPS = {
    "created, not delivered": (f"{ADAPTER}.create", 1),
    "sent, not recorded": ("pipeline.notifications.delivering:find_pause", 2),
    "delivered, and the worker dies": (f"{ADAPTER}.note", 1),
}


@pytest.mark.slow
@pytest.mark.parametrize(("function", "times"), STEPS.values(), ids=STEPS)
def test_a_worker_that_is_killed_loses_no_notification(
    house: House, function: str, times: int
) -> None:
    with receiving() as receiver:
        webhook = {"url": SecretStr(receiver.url), "secret": SecretStr(SECRET)}
        settings = house.settings.with_changes(webhook=webhook)
        ports = connect(settings)
        find_notifications(ports, settings)  # the first look tells nothing
        ports.runs.request(Run(id="run-1", requested_at=datetime.now(UTC)))
        ports.runs.cancel("run-1", "owner")
        house.stack.environment |= {
            "REDRAW_WEBHOOK_URL": receiver.url,
            "REDRAW_WEBHOOK_SECRET": SECRET,
            "REDRAW_WEBHOOK_CHECK_SECONDS": "10",
            "REDRAW_KILL_AFTER": function,
            "PYTHONPATH": str(Path.cwd()),
        }
        house.stack.start("beat", *BEAT)
        house.stack.start("worker", *WORKER, "--include", "tests.end_to_end.killing_at_once")
        killed = house.stack.processes.pop("worker")
        house.wait_for(lambda: killed.poll() is not None)
        assert killed.returncode == -9
        [found] = list(house.firestore.collection("notifications").stream())
        if found.get("status") == "waiting":  # the minute of the claim is not waited for here
            found.reference.update({"nextAttemptAt": datetime.now(UTC)})

        house.stack.start("worker", *WORKER)

        def is_delivered() -> bool:
            return bool(found.reference.get().get("status") == "delivered")

        house.wait_for(is_delivered)
        listed = house.http.get("/v1/notifications").json()["notifications"]
        assert [(each["id"], each["runId"]) for each in listed] == [(found.id, "run-1")]
        assert receiver.ids == [found.id] * times
