"""Say what the answers of a run stand for, in sentences for the owner."""

from pipeline.formatting import format_percent
from pipeline.records.corrections import Asked
from pipeline.records.runs import UNKNOWN_REASON, AnswerSample

_WORDS = {
    Asked.MARGIN: "about small margins",
    Asked.AUDIT: "about drawings chosen at random",
    Asked.DISAGREEMENT: "about drawings on which two versions disagree",
    Asked.NONE: "unasked",
    UNKNOWN_REASON: "of which the game does not say why",
}


def explain_sample(sample: AnswerSample) -> str:
    """Return what the answers stand for in sentences for the owner."""
    total = sum(sample.answers.values())
    if not total:
        return "no new answers"
    parts = [f"{count:,} {_WORDS[reason]}" for reason, count in _in_order(sample.answers)]
    text = (
        f"{total:,} new answers: {', '.join(parts)}; they say as much as"
        f" {sample.effective:,.0f} about drawings chosen at random"
    )
    if sample.accuracy_low is None or sample.accuracy_high is None:
        return f"{text}; players confirm no guesses, so how many are right is not known"
    text += (
        f"; the release recognises {format_percent(sample.accuracy_low)} to"
        f" {format_percent(sample.accuracy_high)} of players' drawings"
    )
    if Asked.AUDIT not in sample.answers:
        text += ", and a random audit would tell better (asking.json)"
    return text


def _in_order(answers: dict[str, int]) -> list[tuple[str, int]]:
    return [(reason, answers[reason]) for reason in _WORDS if reason in answers]
