"""A version is withdrawn for good; one that is in use is refused, with what to do."""

from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.errors import NotFound, VersionInUse, VersionNotReady
from pipeline.records.versions import VersionStatus
from pipeline.versions.withdrawal import withdraw_version
from tests.contract._versions import reserved
from tests.unit.versions._publishing import publish_in

WHY: Any = {"by": "owner", "why": "it took cats for dogs"}


@pytest.fixture
def ports() -> Any:
    ports = in_memory()
    for number in range(2):
        publish_in(ports, run_id=f"run-{number}")
    return ports


def test_a_withdrawn_version_says_who_withdrew_it_and_why_and_stays_so(ports: Any) -> None:
    gone = withdraw_version("v1.0.1", ports.models, **WHY)
    assert gone.status is VersionStatus.WITHDRAWN
    assert (gone.withdrawn.by, gone.withdrawn.why) == ("owner", "it took cats for dogs")
    assert withdraw_version("v1.0.1", ports.models, by="other", why="again") == gone
    with pytest.raises(VersionNotReady):
        ports.models.promote("v1.0.1", by="owner", why="back")


def test_its_document_and_files_stay(ports: Any) -> None:
    objects = dict(ports.artefacts.objects)
    files = ports.models.get("v1.0.1").files
    withdraw_version("v1.0.1", ports.models, **WHY)
    assert ports.models.get("v1.0.1").files == files
    assert ports.artefacts.objects == objects


def test_the_released_version_is_refused(ports: Any) -> None:
    ports.models.promote("v1.0.1", by="owner", why="it is better")
    with pytest.raises(VersionInUse, match="release another version first"):
        withdraw_version("v1.0.1", ports.models, **WHY)


def test_the_last_version_that_is_ready_is_refused(ports: Any) -> None:
    withdraw_version("v1.0.2", ports.models, **WHY)
    with pytest.raises(VersionInUse, match="make another one first"):
        withdraw_version("v1.0.1", ports.models, **WHY)


def test_one_that_is_being_published_or_not_there_is_refused(ports: Any) -> None:
    unfinished = reserved(ports.models, "run-9")
    with pytest.raises(VersionNotReady):
        withdraw_version(unfinished, ports.models, **WHY)
    with pytest.raises(NotFound):
        withdraw_version("v9.9.9", ports.models, **WHY)
