"""The check of settings that are valid each, and do not go together."""

from collections.abc import Iterator

from pipeline.settings import Settings
from service.checks.check import Finding

WORKER_GONE_SECONDS = 600.0
"""When the alert RedrawWorkerGone fires: docs/monitoring/alerts.yml; a test compares."""
PENDING_TOO_OLD_HOURS = 192.0
"""Likewise RedrawPendingTooOld."""


def check_contradictions(settings: Settings) -> Iterator[Finding]:
    """Yield each pair of settings that contradict each other; one finding that is well if none."""
    problems = list(find_contradictions(settings))
    yield from (Finding("settings together", problem) for problem in problems or (None,))


def find_contradictions(settings: Settings) -> Iterator[str]:
    """Yield what does not go together, and what to do."""
    trigger, webhook = settings.trigger, settings.webhook
    if webhook.url is not None and webhook.pending_hours <= trigger.age_hours:
        yield (
            f"REDRAW_WEBHOOK_PENDING_HOURS ({webhook.pending_hours:g}) is not longer than"
            f" REDRAW_TRIGGER_AGE_HOURS ({trigger.age_hours:g}): the alarm comes before the run"
            " that would end it; raise the first"
        )
    if settings.retrain_threshold <= trigger.fewest_pending:
        yield (
            f"REDRAW_RETRAIN_THRESHOLD ({settings.retrain_threshold}) is not above"
            f" REDRAW_TRIGGER_FEWEST_PENDING ({trigger.fewest_pending}): the nightly check and"
            " drift never start a run first; lower the second"
        )
    if settings.patience_hours * 3600 <= settings.lease_seconds:
        yield (
            f"REDRAW_PATIENCE_HOURS ({settings.patience_hours:g}) is not longer than"
            f" REDRAW_LEASE_SECONDS ({settings.lease_seconds:g}): a run fails before another worker"
            " can take it up; raise the first"
        )
    if settings.sweep_seconds * 2 > WORKER_GONE_SECONDS:
        yield (
            f"REDRAW_SWEEP_SECONDS ({settings.sweep_seconds:g}) is so long that the alert"
            " RedrawWorkerGone fires although all is well: set it to 60, or raise the alert's 600"
        )
    if trigger.age_hours >= PENDING_TOO_OLD_HOURS:
        yield (
            f"REDRAW_TRIGGER_AGE_HOURS ({trigger.age_hours:g}) is longer than the alert"
            " RedrawPendingTooOld waits (192): raise the alert's 8 days as well"
        )
    if settings.rebaseline.automatic and settings.fit.method == "keras":
        yield (
            "REDRAW_FIT_METHOD is keras, the plain recipe for comparison, while"
            " REDRAW_REBASELINE_AUTOMATIC goes by what anchored fits gain: set it to anchored"
        )
    if (
        settings.environment == "production"
        and settings.api_key is None
        and settings.dashboard.session_secret is None
    ):
        yield (
            "neither REDRAW_API_KEY nor REDRAW_DASHBOARD_SESSION_SECRET is set: a restart ends all"
            " sessions of the pages, and web processes do not know each other's; set the second"
        )
