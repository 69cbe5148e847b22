"""A backup and a restore outlast an outage, and end with a line if it does not pass."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline import retrying
from pipeline.errors import Unavailable
from tests.unit.backup._project import Place, fill


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(retrying, "FIRST_PAUSE", 0)
    return fill(Place(tmp_path))


def failing(original: Callable[..., Any], times: int) -> Callable[..., Any]:
    """The function, but its first calls raise Unavailable: one of them after its work was done."""
    left = times

    def call(*arguments: Any) -> Any:
        nonlocal left
        left -= 1
        if left >= 0:
            if left == 0:
                original(*arguments)  # the answer is lost
            raise Unavailable("Storage is not available")
        return original(*arguments)

    return call


def test_an_outage_that_passes_is_outlasted(place: Place) -> None:
    objects: Any = place.objects
    objects.read_to_file = failing(objects.read_to_file, 3)
    made = place.back_up().manifest
    other = place.empty()
    target: Any = other.objects
    documents: Any = other.documents
    target.create = failing(target.create, 3)
    documents.create = failing(documents.create, 3)
    assert other.restore() == made.digest


def test_an_outage_that_does_not_pass_ends_it(place: Place) -> None:
    objects: Any = place.objects
    objects.read_to_file = failing(objects.read_to_file, 1000)
    with pytest.raises(Unavailable):
        place.back_up()
