"""The chart of releases: level lines, nothing outside of the picture, names that do not overlap."""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from service.dashboard.overview.chart import HEIGHT, LABEL, NARROW, WIDE, draw_releases
from service.versions.past_releases import PastRelease

START = datetime(2026, 3, 4, tzinfo=UTC)
share = st.none() | st.floats(0, 1)


def release(number: int, hours: float, clean: float | None, players: float | None) -> PastRelease:
    at = START + timedelta(hours=hours)
    return PastRelease(f"v1.0.{number}", at, "owner", "", number == 2, clean, players)


releases = st.lists(st.tuples(st.floats(0, 5000), share, share), min_size=1, max_size=10).map(
    lambda rows: [
        release(number, hours, clean, players)
        for number, (hours, clean, players) in enumerate(sorted(rows, key=lambda row: row[0]))
    ]
)


def test_of_versions_without_figures_there_is_no_chart() -> None:
    assert draw_releases([release(0, 0, None, None)], START, WIDE) is None


def test_a_line_is_level_while_a_version_is_released() -> None:
    past = [release(0, 0, 0.9, None), release(1, 10, 0.95, None)]
    chart = str(draw_releases(past, START + timedelta(hours=20), WIDE))
    (path,) = re.findall(r'class="line blue" d="([^"]+)"', chart)
    points = [tuple(map(float, each.split(","))) for each in re.findall(r"[\d.]+,[\d.]+", path)]
    assert [y for _, y in points] == [points[0][1]] * 2 + [points[2][1]] * 2
    assert points[0][0] < points[1][0] == points[2][0] < points[3][0]
    assert points[2][1] < points[0][1]


def test_a_version_without_figures_leaves_a_gap() -> None:
    past = [release(0, 0, 0.9, 0.8), release(1, 1, 0.9, None), release(3, 2, 0.9, 0.9)]
    chart = str(draw_releases(past, START + timedelta(hours=3), WIDE))
    (path,) = re.findall(r'class="line orange" d="([^"]+)"', chart)
    assert path.count("M") == 2


@given(releases, st.sampled_from([WIDE, NARROW]))
def test_nothing_is_drawn_outside_of_the_picture_and_no_two_names_overlap(
    past: list[PastRelease], width: int
) -> None:
    chart = draw_releases(past, START + timedelta(hours=5001), width)
    if chart is None:
        return
    for x, y in re.findall(r'c?x="(-?[\d.]+)" c?y="(-?[\d.]+)"', str(chart)):
        assert 0 <= float(x) <= width
        assert 0 <= float(y) <= HEIGHT
    names = re.findall(r'class="name" x="([\d.]+)" y="[\d.]+" text-anchor="(\w+)"', str(chart))
    ends = sorted(float(x) + (LABEL / 2 if anchor == "middle" else 0) for x, anchor in names)
    assert ends[-1] <= width
    assert all(second - first >= LABEL - 0.2 for first, second in pairwise(ends))
