"""Google's emulator evaluates the rules for 255 classes: one request may cost 1,000 expressions."""

from collections.abc import Iterator

import pytest
from google.api_core.exceptions import PermissionDenied

from emulator.rules import render_rules
from service.cli.stack import running_official
from tests._official import official_only
from tests.contract.test_firestore_rules import CORRECTION, Connect, connect

__all__ = ["connect"]  # the fixture

pytestmark = [official_only, pytest.mark.slow]

NAMES = tuple(f"class {number}" for number in range(255))
LAST = {"correctedLabel": NAMES[-1], "originalPrediction": NAMES[-2]}


@pytest.fixture
def official(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An emulator of its own, with the rules for these classes."""
    folder = tmp_path_factory.mktemp("official")
    (folder / "firestore.rules").write_text(render_rules(NAMES))
    with running_official(folder, rules=folder / "firestore.rules") as host:
        yield host


def test_of_255_classes_the_last_is_a_label_and_another_game_s_is_not(
    connect: Connect,
) -> None:
    ann = connect("ann")
    ann.document("corrections/c1").create(CORRECTION | LAST)
    with pytest.raises(PermissionDenied):
        ann.document("corrections/c2").create(CORRECTION | LAST | {"correctedLabel": "cat"})
