"""The looks at a trial: an interval each, as far as it is known."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.pages.looks import LEFT, WIDTH, draw_looks
from pipeline.records.trials import TrialLook, TrialVerdict
from tests.unit.pages.test_report import parse


def make_look(estimate: float | None, low: float | None, high: float | None) -> TrialLook:
    return TrialLook(
        run_id="run-1",
        at=datetime(2026, 3, 4, tzinfo=UTC),
        revision=1,
        verdict=TrialVerdict.OPEN,
        answers=1200,
        disagreements=30,
        players=12,
        estimate=estimate,
        low=low,
        high=high,
        sentence="open",
    )


def lines(figure: str) -> list[tuple[str, float, float]]:
    """Kind and ends of each interval."""
    found = re.findall(r'class="interval (\w+)" x1="([\d.]+)" x2="([\d.]+)"', figure)
    return [(kind, float(left), float(right)) for kind, left, right in found]


def test_a_look_shows_what_is_certain_and_what_was_measured() -> None:
    figure = draw_looks([make_look(0.02, -0.01, 0.05)])
    ((kind, left, right),) = lines(figure)
    middle = (LEFT + WIDTH - 20) / 2
    assert kind == "blue"
    assert left < middle < right
    assert "1,200 answers: +2 points (-1 to 5)" in figure
    assert " style=" not in figure
    parse(figure)


def test_worse_for_sure_is_orange() -> None:
    assert lines(draw_looks([make_look(-0.05, -0.08, -0.02)]))[0][0] == "orange"


@pytest.mark.parametrize("bounds", [(0.02, -1.0, 1.0), (0.02, None, None), (None, None, None)])
def test_before_the_first_planned_look_nothing_is_certain(bounds: Any) -> None:
    figure = draw_looks([make_look(*bounds)])
    assert lines(figure)[0][0] == "open"
    assert ("<circle" in figure) == (bounds[0] is not None)


def test_the_widest_interval_sets_the_scale() -> None:
    figure = draw_looks([make_look(0.0, -0.4, 0.4), make_look(0.0, -0.01, 0.01)])
    (_, *wide), (_, *narrow) = lines(figure)
    assert wide[1] - wide[0] == pytest.approx(40 * (narrow[1] - narrow[0]), rel=0.05)
    assert "+40 points" in figure
