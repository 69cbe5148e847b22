"""Work out what a game of many drawings a day needs, and where it comes to an end. Nothing is run.

    python -m benchmarks.ceiling

Reads, writes and requests of a run are those of docs/costs.md, counted by the embedded emulators;
speeds are those of docs/benchmarks.md and docs/costs.md; thresholds and pauses are the defaults of
the settings. What is assumed of a game, and the prices, are the constants below. A test compares
the table in docs/machines.md with what this prints.
"""

from math import ceil
from typing import NamedTuple

from pipeline.settings import Settings

SIZES = (1_000, 100_000, 10_000_000)
"""Drawings a day."""
DAYS = 365
"""After so many days of play the table looks at a game."""

# What is assumed of a game.
ANSWERED = 0.10
"""Answers (corrections and confirmations) for each drawing."""
ANSWERS_OF_A_PLAYER = 10
"""A day; so many players are in a run."""
MERGED, QUARANTINED = 0.90, 0.04
CANVAS_BYTES = 5_000
PEAK = 4
"""The busiest hour against the mean."""

# Measured: see docs/costs.md and docs/benchmarks.md.
READS_A_RUN, WRITES_A_RUN, REQUESTS_A_RUN = 76, 33, 40
READS_OF_30_PLAYERS = 20
"""Between 2 and 180: those who were contradicted before cost more."""
READS_A_SECOND, WRITES_A_SECOND = 5, 2
"""While a run is executed: progress, lease, cancellation."""
REQUESTS_A_BATCH = 6
CHECK_READS, SWEEPS_READ, RELEASE_READS, METRICS_READS = 10, 1, 17_280, 16_000
COLLECTED_A_SECOND = 150.0
"""By one worker with a core, Storage 30 ms away."""
PLANNED_A_SECOND = 700.0
"""Documents that the one worker that plans a run reads."""
FIT_SECONDS, FIT_SECONDS_A_MILLION = 15.0, 520.0
"""On two cores; the second for each million corrections that were ever merged."""
REST_SECONDS = 10.0
BASE_BYTES, REVISION_BYTES, FEATURE_BYTES = 880e6, 275, 3_200
BASE_FEATURES = 1e9
WORKER_BYTES, ROW_BYTES = 400e6, 34
GUESSED_A_SECOND = 531
"""By one service on two cores."""
CORES_OF_A_SERVICE = CORES_OF_A_FIT = 2
MESSAGE_BYTES = 1_500

# Prices in dollars: Google's list prices for the United States (multi-region), November 2026 at the
# latest; look at its pricing pages before you count on them.
READ_PRICE, WRITE_PRICE = 0.06 / 100_000, 0.18 / 100_000
REQUEST_PRICE = 0.004 / 10_000
STORED_PRICE = 0.026
"""A GB and month in Storage."""
CORE_PRICE = 25.0
"""A core with 4 GB for a month, on demand."""
MONTH = 30


class Need(NamedTuple):
    """What a game needs after DAYS days of play; all rates are for a day."""

    answers: float
    ever: float
    runs: float
    of_a_run: float
    run_seconds: float
    fit_seconds: float
    reads_of_runs: float
    reads_of_clock: float
    writes: float
    requests: float
    collecting_seconds: float
    disk: float
    memory: float
    queue: float
    services: float
    dollars: float
    days_to_hour: float
    days_to_day: float


def work_out(drawings: int, settings: Settings) -> Need:
    """Return what a game with so many drawings a day needs."""
    answers = drawings * ANSWERED
    ever = answers * DAYS
    merged = ever * MERGED
    fit = FIT_SECONDS + FIT_SECONDS_A_MILLION * merged / 1e6
    runs = count_runs(answers, fit, settings)
    of_a_run = answers / runs
    seconds = of_a_run / PLANNED_A_SECOND + fit + REST_SECONDS
    checks = 86_400 / settings.check_seconds
    counted = ever / 1_000
    reads_of_runs = (
        answers * (3 + QUARANTINED)
        + answers / ANSWERS_OF_A_PLAYER / 30 * READS_OF_30_PLAYERS
        + runs * (READS_A_RUN + READS_A_SECOND * seconds)
    )
    reads_of_clock = (
        86_400 / settings.sweep_seconds * SWEEPS_READ
        + checks * (CHECK_READS + 2 * counted)
        + RELEASE_READS
        + METRICS_READS
        + 24 * 3 * counted
    )
    writes = answers + runs * (WRITES_A_RUN + WRITES_A_SECOND * seconds)
    requests = answers * (1 + REQUESTS_A_BATCH / settings.collect_batch) + runs * REQUESTS_A_RUN
    services = drawings / 86_400 * PEAK / GUESSED_A_SECOND
    cores = CORES_OF_A_SERVICE * max(1, ceil(services)) + CORES_OF_A_FIT
    stored = BASE_BYTES + merged * REVISION_BYTES + ever * CANVAS_BYTES
    dollars = (
        MONTH * (reads_of_runs + reads_of_clock) * READ_PRICE
        + MONTH * writes * WRITE_PRICE
        + MONTH * requests * REQUEST_PRICE
        + stored / 1e9 * STORED_PRICE
        + cores * CORE_PRICE
    )
    return Need(
        answers=answers,
        ever=ever,
        runs=runs,
        of_a_run=of_a_run,
        run_seconds=seconds,
        fit_seconds=fit,
        reads_of_runs=reads_of_runs,
        reads_of_clock=reads_of_clock,
        writes=writes,
        requests=requests,
        collecting_seconds=answers / COLLECTED_A_SECOND,
        disk=BASE_BYTES + BASE_FEATURES + merged * (REVISION_BYTES + FEATURE_BYTES),
        memory=WORKER_BYTES + merged * ROW_BYTES,
        queue=of_a_run / settings.collect_batch * MESSAGE_BYTES,
        services=services,
        dollars=dollars,
        days_to_hour=days_until(3_600, answers),
        days_to_day=days_until(86_400, answers),
    )


def count_runs(answers: float, fit: float, settings: Settings) -> float:
    """Return the runs of a day: by what is pending, but not more than pause and fit let through."""
    trigger = settings.trigger
    most = 86_400 / (trigger.pause_hours * 3_600 + fit + REST_SECONDS)
    nightly = 1.0 if answers >= trigger.fewest_pending else 24 / trigger.age_hours
    return min(most, max(answers / settings.retrain_threshold, nightly))


def days_until(seconds: float, answers: float) -> float:
    """Return after how many days of play a fit takes so long."""
    return (seconds - FIT_SECONDS) / FIT_SECONDS_A_MILLION * 1e6 / (answers * MERGED)


def render(settings: Settings) -> str:
    """Return the table in Markdown."""
    needs = [work_out(drawings, settings) for drawings in SIZES]
    rows = {
        "answers a day": [number(need.answers) for need in needs],
        f"answers after {DAYS} days": [number(need.ever) for need in needs],
        "runs a day, each with": [
            f"{number(need.runs)}, {number(need.of_a_run)}" for need in needs
        ],
        "Firestore reads a day, of runs": [number(need.reads_of_runs) for need in needs],
        "by the clock: checks, metrics, release": [number(need.reads_of_clock) for need in needs],
        "Firestore writes a day": [number(need.writes) for need in needs],
        "Storage requests a day": [number(need.requests) for need in needs],
        "one worker collects a day's answers in": [
            duration(need.collecting_seconds) for need in needs
        ],
        "a fit": [duration(need.fit_seconds) for need in needs],
        "until a fit takes an hour": [duration(need.days_to_hour * 86_400) for need in needs],
        "until a fit takes a day": [duration(need.days_to_day * 86_400) for need in needs],
        "disk of each host that fits": [size(need.disk) for need in needs],
        "memory of a fit": [size(need.memory) for need in needs],
        "messages in Redis, of a run": [size(need.queue) for need in needs],
        "a service is busy in the busiest hour, if it guesses all": [
            f"{float(f'{need.services * 100:.2g}'):g} %" for need in needs
        ],
        "dollars a month": [number(need.dollars) for need in needs],
    }
    lines = [
        "| drawings a day | " + " | ".join(f"{drawings:,}" for drawings in SIZES) + " |",
        "|---" * (1 + len(SIZES)) + "|",
        *(f"| {name} | " + " | ".join(values) + " |" for name, values in rows.items()),
    ]
    return "\n".join(lines)


def number(value: float) -> str:
    """Return a number with two significant digits."""
    rounded = float(f"{value:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:g}"


def duration(seconds: float) -> str:
    """Return a time in the largest unit of which there are two."""
    units = (("years", 365 * 86_400), ("days", 86_400), ("h", 3_600), ("min", 60))
    for name, length in units:
        if seconds >= 2 * length:
            return f"{number(seconds / length)} {name}"
    return f"{number(seconds)} s"


def size(count: float) -> str:
    """Return bytes in a unit of which there is at least one."""
    for name, length in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= length:
            return f"{number(count / length)} {name}"
    return f"{number(count)} bytes"


if __name__ == "__main__":
    print(render(Settings(_env_file=None)))
