"""The table of all metrics: name, type, what it means, labels. The page about them is made of it.

Names follow Prometheus's rules: base units, `_total` for counters alone. The number of values of
each label is bounded; no label names a player, a run or a machine.
"""

from typing import Literal, NamedTuple

from pipeline.errors import RedrawError

MOST_VERSIONS = 20
"""The newest versions that are shown."""
MOST_NOTIFICATIONS = 50
"""The newest notifications whose delivery is counted."""


class Metric(NamedTuple):
    """A metric.

    kind: a gauge can fall, a histogram counts how often a duration was how long.
    meaning: a sentence. labels: their names.
    """

    name: str
    kind: Literal["gauge", "histogram"]
    meaning: str
    labels: tuple[str, ...] = ()


METRICS = (
    # How far the state can be relied on
    Metric(
        "redraw_state_age_seconds",
        "gauge",
        "Seconds since a part of the state was read: now (slot, release), queue, files, pending, or"
        " history (all other things). Of a part that was never read there is no value.",
        ("part",),
    ),
    Metric(
        "redraw_state_left_out",
        "gauge",
        "1 for each subject that could not be read when its part was, because of odd documents or"
        " a missing index; its metrics are left out. The log says why.",
        ("subject",),
    ),
    Metric(
        "redraw_backend_up",
        "gauge",
        "Whether the newest question to firestore, redis or storage was answered.",
        ("backend",),
    ),
    # Queue and workers
    Metric(
        "redraw_queue_tasks",
        "gauge",
        "Celery's tasks in Redis: waiting for a worker, or taken by one and not acknowledged yet.",
        ("state",),
    ),
    Metric(
        "redraw_last_sweep_age_seconds",
        "gauge",
        "Seconds since a worker executed the sweep, which beat sends each minute. No value: none"
        " did for a week.",
    ),
    # The run in progress
    Metric("redraw_run_in_progress", "gauge", "Whether a run is in the slot."),
    Metric(
        "redraw_run_state",
        "gauge",
        "1 for the kind and the state of the run in the slot; there is no value without a run.",
        ("kind", "state"),
    ),
    Metric("redraw_run_age_seconds", "gauge", "Seconds since the run in the slot was requested."),
    Metric(
        "redraw_run_progress_age_seconds",
        "gauge",
        "Seconds since the run in the slot recorded anything.",
    ),
    Metric(
        "redraw_run_trouble_age_seconds",
        "gauge",
        "Seconds since the first of the temporary faults that keep the run in the slot from getting"
        " further; no value if there are none.",
    ),
    Metric(
        "redraw_run_dead",
        "gauge",
        "Whether the run in the slot can never go on, as its document is missing, ended or odd.",
    ),
    Metric("redraw_lease_held", "gauge", "Whether a worker holds a lease that has not run out."),
    Metric(
        "redraw_lease_age_seconds",
        "gauge",
        "Seconds since the worker that holds the lease claimed the run; no value without a lease.",
    ),
    # The release
    Metric("redraw_released", "gauge", "Whether a version is released."),
    Metric(
        "redraw_release_info",
        "gauge",
        "1 for the released version and the one before, which may be empty.",
        ("version", "previous"),
    ),
    Metric("redraw_release_age_seconds", "gauge", "Seconds since the version was released."),
    Metric(
        "redraw_release_lost_files",
        "gauge",
        "Files of the release that Storage lacks, or holds with another size.",
    ),
    Metric(
        "redraw_trial_info",
        "gauge",
        "1 for the version on trial and the kind of the trial; no value without a trial.",
        ("version", "kind"),
    ),
    Metric("redraw_trial_share_ratio", "gauge", "The share of players in the trial, 0 to 1."),
    # Corrections
    Metric(
        "redraw_corrections_pending",
        "gauge",
        "Corrections that wait for a run.",
    ),
    Metric(
        "redraw_oldest_pending_age_seconds",
        "gauge",
        "Seconds since the correction that waits longest has been pending, by Firestore's clock; 0"
        " if none waits.",
    ),
    Metric(
        "redraw_corrections",
        "gauge",
        "All corrections by status. unknown: one that Redraw does not know; none: without one.",
        ("status",),
    ),
    Metric(
        "redraw_answers",
        "gauge",
        "Answers to a version's guesses in the last REDRAW_TRIGGER_DRIFT_WINDOW_HOURS: correction"
        " or confirmation. Of the released version, the one before, and the one on trial.",
        ("version", "answer"),
    ),
    Metric(
        "redraw_correction_rate_ratio",
        "gauge",
        "The share of corrections among these answers, 0 to 1; no value without answers.",
        ("version",),
    ),
    # Runs that have ended
    Metric("redraw_runs", "gauge", "All runs by state.", ("state",)),
    Metric(
        "redraw_runs_failed_in_a_row",
        "gauge",
        "How many of the newest runs that have ended failed one after the other.",
    ),
    Metric(
        "redraw_last_run_outcome",
        "gauge",
        "1 for the end of the newest run of each kind that has ended.",
        ("kind", "state"),
    ),
    Metric(
        "redraw_last_run_end_age_seconds",
        "gauge",
        "Seconds since that run ended.",
        ("kind",),
    ),
    Metric(
        "redraw_last_run_step_seconds",
        "gauge",
        "How long each step of that run took.",
        ("kind", "step"),
    ),
    Metric(
        "redraw_last_run_corrections",
        "gauge",
        "The corrections of the newest retrain that has ended, by reason; other: a reason that"
        " Redraw does not know.",
        ("reason",),
    ),
    Metric(
        "redraw_notifications",
        "gauge",
        f"The newest {MOST_NOTIFICATIONS} notifications by how far their delivery is: waiting,"
        " delivered, given_up. No value without REDRAW_WEBHOOK_URL.",
        ("status",),
    ),
    # Versions
    Metric(
        "redraw_version_accuracy_ratio",
        "gauge",
        f"The accuracy of the newest {MOST_VERSIONS} versions when they were published, 0 to 1: on"
        " clean drawings, and on players'.",
        ("version", "drawings"),
    ),
    # Requests to this process
    Metric(
        "redraw_http_request_duration_seconds",
        "histogram",
        "Time from a request to the beginning of its answer, by method, path and class of status."
        " Unknown paths do not count.",
        ("method", "route", "status"),
    ),
    Metric(
        "redraw_http_requests_in_flight",
        "gauge",
        "Requests that this process is answering, open streams among them.",
    ),
)
_BY_NAME = {metric.name: metric for metric in METRICS}


def find_metric(name: str) -> Metric:
    """Return a metric of the table; raise RedrawError if it has none with this name."""
    if name not in _BY_NAME:
        raise RedrawError(f"{name} is no metric: add it to service/metrics/families.py")
    return _BY_NAME[name]
