"""A project that an earlier Redraw has written is read, and goes on."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.records.corrections import CorrectionState
from pipeline.records.runs import RunKind, RunState
from tests.contract._quarantined import ACCEPT
from tests.earlier._keeping import FOLDERS, load_documents

EARLIER = [pytest.param(folder, id=f"form {folder.name}") for folder in FOLDERS]


def load(world: Any, folder: Path, *, numbered: bool = True) -> Any:
    """Put what is kept into the world; without numbers, as before forms had any."""
    for path, fields in load_documents(folder).items():
        kept = {name: value for name, value in fields.items() if numbered or name != "schema"}
        if path.startswith("corrections/"):
            world.put(path.removeprefix("corrections/"), kept)
        else:
            world.edit(path, kept)
    return world.ports


@pytest.mark.parametrize("folder", EARLIER)
def test_all_documents_of_an_earlier_form_are_read(world: Any, folder: Path) -> None:
    ports = load(world, folder)
    pages = (
        ports.models.page(), ports.models.history(), ports.runs.page(), ports.trials.page(),
        ports.notifications.page(), ports.corrections.page_decisions(),
    )  # fmt: skip
    assert [each for page in pages for each in page.unreadable] == []
    assert all(page.records for page in pages)
    assert ports.models.release().version == "v1.0.1"
    assert ports.trials.current().looks[0].sentence == "nothing is shown yet"
    assert ports.runs.get("run-2").decision.reasons == ["better"]
    assert ports.runs.slot().run.kind is RunKind.FORGET
    assert ports.runs.player_of("run-3").player_id == "a player"
    assert ports.notifications.look().noticed.release_fence == 1
    assert ports.corrections.decisions(["quarantined"])["quarantined"].label == "fish"


def test_documents_without_a_number_have_the_first_form(world: Any) -> None:
    ports = load(world, FOLDERS[0], numbered=False)
    pages = (ports.models.page(), ports.runs.page(), ports.trials.page(), ports.models.history())
    assert [each for page in pages for each in page.unreadable] == []
    assert [run.id for run in pages[1].records] == ["run-3", "run-2", "run-1"]
    assert ports.models.release().trial.version == "v1.0.2"


@pytest.mark.parametrize("folder", EARLIER)
def test_a_project_of_an_earlier_form_goes_on(world: Any, folder: Path) -> None:
    ports = load(world, folder)
    assert ports.runs.abandoned().id == "run-3"  # its worker has stopped for the upgrade
    lease = ports.runs.claim("run-3", "the upgraded one", 60)
    ports.runs.record(lease, {"state": RunState.FAILED, "reason": "a test"})
    assert ports.runs.get("run-3").attempts == 2
    assert ports.models.promote("v1.0.2", by="owner", why="it is better").previous == "v1.0.1"
    assert ports.models.withdraw("v1.0.1", by="owner", why="it is old").status == "withdrawn"
    assert [trial.state for trial in ports.trials.page().records] == ["promoted"]
    assert ports.corrections.find(CorrectionState.REFUSED)[0].id == "refused"
    assert ports.corrections.decide("refused", ACCEPT, "owner").action == "accept"
    assert world.look("refused")["status"] == "pending"
