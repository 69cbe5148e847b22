"""Google's emulator accepts the rules for 255 classes: a rule may evaluate 1,000 expressions."""

import pytest
from google.api_core.exceptions import PermissionDenied

from emulator.rules import render_rules
from tests._official import official_only
from tests.contract.test_firestore_rules import CORRECTION, connect

pytestmark = [official_only, pytest.mark.slow]

NAMES = tuple(f"class {number}" for number in range(255))

__all__ = ["connect"]


@pytest.fixture
def official(tmp_path_factory):  # type: ignore[no-untyped-def]
    from service.cli.stack import running_official

    folder = tmp_path_factory.mktemp("many")
    (folder / "rules").write_text(render_rules(NAMES))
    with running_official(folder, rules=folder / "rules") as host:
        yield host


def test_it(connect) -> None:  # type: ignore[no-untyped-def]
    ann = connect("ann")
    last = {"correctedLabel": NAMES[-1], "originalPrediction": NAMES[-2]}
    ann.document("corrections/c1").create(CORRECTION | last)
    with pytest.raises(PermissionDenied):
        ann.document("corrections/c2").create(CORRECTION | last | {"correctedLabel": "cat"})
