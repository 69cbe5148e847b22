"""`redraw withdraw` and `redraw clean`: what goes is shown first, and deleted only with --yes."""

from typing import Any

import pytest

from pipeline.records.versions import VersionStatus
from tests.unit.cli._runs import Call
from tests.unit.retention._projects import add_retrain, make_project, objects_of


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("REDRAW_RETENTION_RUNS_DAYS", "0")
    return make_project(2)


def test_without_yes_it_only_shows_what_goes_and_why(redraw: Call, ports: Any) -> None:
    before = dict(ports.artefacts.objects)
    for arguments in (("clean",), ("clean", "--dry-run")):
        code, said, _ = redraw(*arguments)
        assert code == 0
        assert "its run ended on" in said
        assert "it is of another base" in said
        assert said.splitlines()[-1] == "nothing is deleted yet: redraw clean --yes"
    assert ports.artefacts.objects == before


def test_with_yes_it_deletes_what_it_shows_and_then_nothing_more(redraw: Call, ports: Any) -> None:
    code, said, _ = redraw("clean", "--yes")
    assert (code, "objects deleted" in said) == (0, True)
    assert not objects_of(ports, "runs/")
    assert redraw("clean")[1] == "nothing in Storage is to be deleted\n"


def test_a_version_is_withdrawn_with_its_reason(redraw: Call, ports: Any) -> None:
    code, said, _ = redraw("withdraw", "v1.0.1", "--why", "it took cats for dogs")
    assert code == 0
    assert "its files are deleted 7 days after that" in said
    gone = ports.models.get("v1.0.1")
    assert (gone.status, gone.withdrawn.why) == (VersionStatus.WITHDRAWN, "it took cats for dogs")


@pytest.mark.parametrize("version", ["v1.0.2", "v9.9.9", "latest"])
def test_what_cannot_be_withdrawn_is_one_line_that_says_what_to_do(
    version: str, redraw: Call
) -> None:
    code, _, fault = redraw("withdraw", version)
    assert (code, fault.count("\n")) == (1, 1)


def test_withdrawals_by_the_policy_are_shown(
    redraw: Call, ports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDRAW_RETENTION_KEEP_VERSIONS", "1")
    add_retrain(ports, 3)
    ports.models.promote("v1.0.3", by="owner", why="better")
    assert "v1.0.1 is to be withdrawn: there are 1 newer" in redraw("clean")[1]
