"""A gate whose decision is fixed."""

from collections.abc import Callable
from typing import Any

from pipeline.records.runs import Decision, RunState


def deciding(outcome: RunState, *reasons: str) -> Callable[..., Decision]:
    """A gate that always decides for this outcome."""

    def decide(_: Any, __: Any, base: Any, ___: Any) -> Decision:
        return Decision(outcome=outcome, reasons=list(reasons), base=base)

    return decide
