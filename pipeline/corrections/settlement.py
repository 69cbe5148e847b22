"""What becomes of each correction of a harvest, when the run is through with it. Pure."""

from collections import Counter
from collections.abc import Mapping

from pipeline.corrections.collect import Harvest
from pipeline.corrections.validation import refusal
from pipeline.dataset.hdf5 import Provenance
from pipeline.records.corrections import CorrectionState, Verdict
from pipeline.records.dataset import Split
from pipeline.records.runs import Counts


def verdicts(
    harvest: Harvest, held: Mapping[str, Verdict], known: Provenance
) -> dict[str, Verdict]:
    """A verdict on every correction that was collected, by id: none is left without.

    Args:
        harvest: usable corrections, and those refused.
        held: the quarantined ones among the usable.
        known: where the rows of the data set come from.
    """
    rows = zip(known.ids.tolist(), known.splits.tolist(), known.revisions.tolist(), strict=True)
    merged = {name: _merged(split, revision) for name, split, revision in rows}
    duplicate = refusal("duplicate", "the same drawing was merged before")
    return {
        **harvest.refused,
        **{name: merged.get(name) or held.get(name) or duplicate for name in harvest.ids.tolist()},
    }


def _merged(split: str, revision: int) -> Verdict:
    if split == Split.CONTROL:
        told = (
            f"the guess was right: kept in the control sample, revision {revision} of the data set"
        )
        return Verdict(state=CorrectionState.MERGED, reason="confirmation", explanation=told)
    return Verdict(
        state=CorrectionState.MERGED,
        reason="merged",
        explanation=f"in revision {revision} of the data set",
    )


def count_verdicts(found: Mapping[str, Verdict]) -> Counts:
    """How many corrections there were, by state and by reason."""
    states = Counter(verdict.state for verdict in found.values())
    return Counts(
        collected=len(found),
        merged=states[CorrectionState.MERGED],
        quarantined=states[CorrectionState.QUARANTINED],
        refused=states[CorrectionState.REFUSED],
        reasons=Counter(verdict.reason for verdict in found.values()),
    )
