"""`redraw doctor` says that the data set or the released version has other classes."""

from typing import Any

import pytest

from pipeline.categories import CATEGORIES
from service.cli import doctor
from tests._machine import make_machine_well

REORDERED = ("sun", "apple", *CATEGORIES[2:])


@pytest.fixture
def problems(world: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what is wrong with the classes, by check, for these settings."""

    def check(names: tuple[str, ...]) -> dict[str, str | None]:
        settings = world.settings.with_changes(categories=names)
        monkeypatch.setattr(doctor, "load_settings_beside_running", lambda: settings)
        monkeypatch.setattr(doctor, "connect", lambda *_: world.ports)
        make_machine_well(monkeypatch)
        return {
            name: problem
            for checked in doctor.run_checks(doctor.Wish())
            for name, problem, _ in checked.findings
            if name.startswith("classes")
        }

    return check


def test_equal_classes_are_well(problems: Any) -> None:
    assert problems(CATEGORIES) == {
        "classes of the data set": None,
        "classes of the released version": None,
    }


def test_another_order_is_told_for_both(problems: Any) -> None:
    faults = problems(REORDERED)
    assert all("class 0 is apple there and sun here" in fault for fault in faults.values())
    assert all("set REDRAW_CATEGORIES as it was" in fault for fault in faults.values())
