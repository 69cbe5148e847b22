"""Record in a run what its answers stand for; `pages.sample_words` says it to the owner."""

import numpy as np

from pipeline.records.corrections import Asked
from pipeline.records.runs import UNKNOWN_REASON, AnswerSample, Run
from pipeline.records.versions import ModelVersion
from pipeline.runs.context import RunContext
from pipeline.sampling.accuracy import bound_accuracy, estimate_accuracy, limit_accuracy
from pipeline.sampling.ratio import Ratio, estimate_ratio
from pipeline.sampling.reading import read_answers
from pipeline.sampling.rows import AnswerRows
from pipeline.sampling.weights import effective_size, weigh_answers


def note_sample(champion: ModelVersion, context: RunContext) -> AnswerSample:
    """Record what the answers stand for that the champion has not learned from; once in a run."""
    if context.log.run.sample is not None:
        return context.log.run.sample
    rows = read_answers(context.open_dataset(), champion.dataset_revision)
    sample = describe_sample(
        rows,
        eagerness=context.settings.gate.eagerness,
        clean=champion.metrics.accuracy if champion.metrics else None,
        drawings=context.ports.corrections.count_guesses(champion.version),
    )
    context.log.note(sample=sample)
    return sample


def read_possible(run: Run) -> tuple[float, float] | None:
    """Return between what the champion's accuracy on players' drawings can be; None: not known."""
    return None if run.sample is None else (run.sample.possible_low, run.sample.possible_high)


def describe_sample(
    rows: AnswerRows, *, eagerness: float, clean: float | None, drawings: int | None
) -> AnswerSample:
    """Return what some answers stand for.

    Args:
        rows: answers to guesses of one version.
        eagerness: the highest ratio if nothing more is known.
        clean: the version's accuracy on clean drawings, 0 to 1; None: unknown.
        drawings: how many it guessed; None: unknown.
    """
    accuracy = (0.0, 1.0) if clean is None else bound_accuracy(clean)
    possible = limit_accuracy(accuracy, rows, drawings, eagerness)
    ratio = estimate_ratio(rows, eagerness=eagerness, accuracy=possible)
    confirmations = int(np.count_nonzero(rows.confirmed))
    low, high = _bound_accuracy(rows, ratio) if confirmations else (None, None)
    return AnswerSample(
        answers=_count_by_reason(rows),
        confirmations=confirmations,
        effective=round(effective_size(weigh_answers(rows, ratio.likely)), 1),
        drawings=drawings,
        possible_low=possible[0],
        possible_high=possible[1],
        ratio=ratio.likely,
        ratio_low=ratio.low,
        ratio_high=ratio.high,
        accuracy_low=low,
        accuracy_high=high,
    )


def _count_by_reason(rows: AnswerRows) -> dict[str, int]:
    reasons = [*map(str, Asked), UNKNOWN_REASON]
    codes = np.full(len(rows.confirmed), len(Asked)) if rows.asked is None else rows.asked
    counts = np.bincount(np.minimum(codes, len(Asked)), minlength=len(reasons)).tolist()
    return {reason: count for reason, count in zip(reasons, counts, strict=True) if count}


def _bound_accuracy(rows: AnswerRows, ratio: Ratio) -> tuple[float, float]:
    """Return between what the accuracy is, for each ratio in question and by chance."""
    shares = [
        float((weigh_answers(rows, end) * rows.confirmed).mean()) for end in (ratio.low, ratio.high)
    ]
    measured = estimate_accuracy(rows)
    if measured is not None:
        shares += [measured.low, measured.high]
    return min(shares), min(1.0, max(shares))
