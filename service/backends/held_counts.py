"""Count what is quarantined for each reason, once in a while for all who look at it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from pipeline.ports import CorrectionSource
from pipeline.reasons import QuarantineReason
from pipeline.records.corrections import CorrectionState

SECONDS = 20.0
"""How long the numbers are shown; each costs a read for a thousand corrections."""

WAIT_SECONDS = 0.2
"""How long a page waits for new numbers; then it shows the last ones, and their age."""


class HeldCounts(NamedTuple):
    """How many corrections are quarantined by reason, and when they were counted."""

    by_reason: Mapping[str, int]
    at: datetime


def count_held(corrections: CorrectionSource) -> HeldCounts:
    """Count what is quarantined for each reason."""
    numbers = {
        str(reason): corrections.count(CorrectionState.QUARANTINED, str(reason))
        for reason in QuarantineReason
    }
    return HeldCounts(numbers, datetime.now(UTC))
