"""What the page of one run shows of it, from its record."""

from typing import NamedTuple

from pipeline.formatting import format_percent
from pipeline.pages.reason_words import advise_on, describe_reason
from pipeline.pages.run_words import (
    DOING,
    KIND_WORDS,
    TRIGGER_WORDS,
    advise,
    describe_end,
    describe_result,
    find_reason,
    sort_steps,
)
from pipeline.pages.sample_words import explain_sample
from pipeline.reasons import MergedReason, QuarantineReason, RefusalReason
from pipeline.records.corrections import CorrectionState
from pipeline.records.runs import Run, RunState
from service.access.roles import name_owner
from service.dashboard.runs.checks import ShownCheck, show_checks
from service.dashboard.runs.history import choose_chip, measure_seconds

_WAITING = "The next run looks again. If they never come, look at the uploads of the game."


class Heap(NamedTuple):
    """The corrections of a run that were not merged for one reason."""

    reason: str
    phrase: str
    advice: str
    state: CorrectionState
    number: int


class StepTime(NamedTuple):
    """How long a step took. share: of the longest one, 0 to 1."""

    name: str
    seconds: float
    share: float


class ShownRun(NamedTuple):
    """A run as its page shows it.

    facts: name and value of what is told in a table. sentences: what came of it, in words.
    """

    run: Run
    headline: str
    chip: str
    kind: str
    trigger: str
    seconds: float | None
    sentences: list[str]
    advice: str | None
    confirmations: int
    heaps: list[Heap]
    checks: list[ShownCheck]
    steps: list[StepTime]
    more: str | None
    facts: list[tuple[str, str]]


def show_run(run: Run) -> ShownRun:
    """Return what the page shows."""
    return ShownRun(
        run=run,
        headline=describe_end(run),
        chip=choose_chip(run),
        kind=KIND_WORDS[run.kind],
        trigger=TRIGGER_WORDS[run.trigger],
        seconds=measure_seconds(run),
        sentences=_list_sentences(run),
        advice=advise(run),
        confirmations=run.counts.reasons.get(MergedReason.CONFIRMATION, 0),
        heaps=list_heaps(run),
        checks=show_checks(run.decision.checks) if run.decision else [],
        steps=list_step_times(run),
        more=_say_how_many_more(run),
        facts=_list_facts(run),
    )


def list_heaps(run: Run) -> list[Heap]:
    """Return what was not merged, by reason, the most frequent first."""
    merged, waiting = tuple(MergedReason), run.counts.waiting
    left = {reason: n for reason, n in run.counts.reasons.items() if reason not in merged}
    # What waits for its canvas is counted with what was refused for the lack of one.
    left[RefusalReason.MISSING_IMAGE] = left.get(RefusalReason.MISSING_IMAGE, 0) - waiting
    heaps = [
        Heap(reason, describe_reason(reason), advise_on(reason), _state_of(reason), number)
        for reason, number in left.items()
        if number > 0
    ]
    if waiting:
        reason = str(RefusalReason.MISSING_IMAGE)
        heaps.append(
            Heap(reason, describe_reason(reason), _WAITING, CorrectionState.PENDING, waiting)
        )
    return sorted(heaps, key=lambda heap: (-heap.number, heap.reason))


def list_step_times(run: Run) -> list[StepTime]:
    """Return how long each step took, in the order of the steps."""
    longest = max(run.seconds.values(), default=0.0) or 1.0
    return [
        StepTime(DOING.get(RunState(state), state), seconds, seconds / longest)
        for state, seconds in sort_steps(run.seconds)
    ]


def _state_of(reason: str) -> CorrectionState:
    held = reason in tuple(QuarantineReason)
    return CorrectionState.QUARANTINED if held else CorrectionState.REFUSED


def _list_sentences(run: Run) -> list[str]:
    """Return what came of the run: the result for players, the reason, the trial."""
    said = []
    if run.decision is not None:
        said.append(describe_result(run, run.decision))
    if run.trial is not None:
        said.append(run.trial.sentence)
    reason = find_reason(run) if run.state.ended else None
    if reason is not None:
        said.append(reason)
    return [sentence if sentence.endswith(".") else f"{sentence}." for sentence in said]


def _say_how_many_more(run: Run) -> str | None:
    """Return how many more answers would decide a run that is held; None if it is not."""
    if run.decision is None or run.decision.outcome is not RunState.HELD:
        return None
    if run.decision.more is None:
        return "How many more answers would decide it is not known."
    answers = "answer" if run.decision.more == 1 else "answers"
    return f"About {run.decision.more:,} more {answers} of players would decide it."


def _list_facts(run: Run) -> list[tuple[str, str]]:
    decision = run.decision
    gain = decision.expected_gain if decision else None
    facts = [
        ("Purpose", run.purpose or ""),
        ("Asked for by", name_owner(run.requested_by)),
        ("Recipe", run.recipe or ""),
        ("Compared with", run.champion or ""),
        ("Revision of the data set", "" if run.revision is None else f"{run.revision:,}"),
        ("Answers in it", "" if run.answers is None else f"{run.answers:,}"),
        ("New answers", "" if run.sample is None else explain_sample(run.sample)),
        ("Likely gain for players", "" if gain is None else f"{format_percent(gain)} of drawings"),
        ("Executed", f"{run.attempts} times" if run.attempts > 1 else ""),
        ("Workers that died", str(run.deaths) if run.deaths else ""),
        ("Cancelled by", name_owner(run.cancel_requested_by or "")),
    ]
    return [(name, value) for name, value in facts if value]
