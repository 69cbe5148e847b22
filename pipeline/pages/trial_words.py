"""What command line and pages say of a trial."""

from pipeline.formatting import format_percent, format_points, shorten
from pipeline.records.trials import Trial, TrialState
from pipeline.runs.slot import format_time
from pipeline.trial.transitions import describe_kind

MAX_WORDS = 1000  # characters of a reason that are shown


def describe_trial(trial: Trial) -> str:
    """Return what a trial is, and how it stands, in a few sentences."""
    head = (
        f"{trial.version} {_verb(trial)} {describe_kind(trial)} ({trial.kind}, "
        f"{format_percent(trial.share, 0)} of the players), since {format_time(trial.started_at)}"
    )
    if trial.state is not TrialState.OPEN:
        why = "" if trial.reason is None else f": {shorten(trial.reason, MAX_WORDS)}"
        return f"{head}. It is {describe_state(trial)}{why}"
    until = f"It ends on {format_time(trial.ends_at)} at the latest"
    if not trial.looks:
        return f"{head}. {until}. No run has judged it yet"
    return f"{head}. {until}. The last look: {shorten(trial.looks[-1].sentence, MAX_WORDS)}"


def describe_state(trial: Trial) -> str:
    """Return the state of a trial in words; "rolled back" says to which version."""
    if trial.state is TrialState.ROLLED_BACK:
        return f"over, and {trial.against} was rolled back to {trial.version}"
    return str(trial.state)


def format_difference(estimate: float | None, low: float | None, high: float | None) -> str:
    """Return the difference with its bounds, as in "+0.4 points (-0.3 to 1.1)"."""
    if estimate is None:
        return ""
    sign = "+" if estimate > 0 else ""
    if low is None or high is None or low <= -1:
        return f"{sign}{format_points(estimate)}"
    bounds = f"{format_points(low, unit=False)} to {format_points(high, unit=False)}"
    return f"{sign}{format_points(estimate)} ({bounds})"


def _verb(trial: Trial) -> str:
    return "is" if trial.state is TrialState.OPEN else "was"
