"""Progress of several downloads, by a clock that the test sets."""

from pipeline.quickdraw.tally import Tally


def test_what_was_there_before_counts_as_done_but_not_as_speed() -> None:
    now = [0.0]
    reports: list[tuple[str, int, int]] = []
    tally = Tally(
        lambda message, done=0, total=0: reports.append((message, done, total)),
        10_000_000,
        lambda: now[0],
    )
    tally.update("moon", 4_000_000)
    now[0] = 1.0
    tally.update("moon", 6_000_000)
    assert reports == [
        ("fetching drawings", 4_000_000, 10_000_000),
        ("fetching drawings, 2.0 MB/s", 6_000_000, 10_000_000),
    ]


def test_the_speed_is_that_of_the_last_five_seconds() -> None:
    now = [0.0]
    reports: list[str] = []
    tally = Tally(lambda message, done=0, total=0: reports.append(message), 10**9, lambda: now[0])
    for second in range(20):
        now[0] = float(second)
        tally.update("moon", (10 if second < 10 else 1) * 1_000_000 * second)
        tally.update("sun", 0)
    assert reports[9] == "fetching drawings, 10.0 MB/s"
    assert reports[-1] == "fetching drawings, 1.0 MB/s"


def test_it_reports_at_most_ten_times_a_second_but_the_end_in_any_case() -> None:
    now = [0.0]
    reports: list[int] = []
    tally = Tally(lambda message, done=0, total=0: reports.append(done), 100, lambda: now[0])
    for size in range(1, 101):
        now[0] += 0.01
        tally.update("moon", size)
    assert len(reports) <= 12
    assert reports[-1] == 100
