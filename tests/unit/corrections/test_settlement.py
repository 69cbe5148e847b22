"""Every correction that was collected gets one verdict: the data set's word first, then what held it, then what it copies."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corrections.collect import Harvest
from pipeline.corrections.settlement import count_verdicts, verdicts
from pipeline.corrections.validation import refusal
from pipeline.dataset.hdf5 import Provenance
from pipeline.records.corrections import CorrectionState, Verdict

HELD = Verdict(state=CorrectionState.QUARANTINED, reason="flood", explanation="too many")


def harvest(ids: list[str], refused: dict[str, Verdict]) -> Harvest:
    nothing: Any = np.zeros(len(ids))
    return Harvest(nothing, nothing, np.array(ids, np.str_), *[nothing] * 6, refused)


def known(**splits: str) -> Provenance:
    """Rows of revision 1, by correction id."""
    nothing: Any = np.zeros(len(splits))
    ids, parts = np.array(list(splits), object), np.array(list(splits.values()), object)
    return Provenance(ids, nothing, parts, np.ones(len(splits), np.int64), *[nothing] * 5)


def test_what_the_data_set_holds_is_merged_even_if_it_was_held() -> None:
    found = verdicts(harvest(["a"], {}), {"a": HELD}, known(a="train"))
    assert (found["a"].state, found["a"].reason) == (CorrectionState.MERGED, "merged")


def test_a_row_of_the_control_sample_is_a_confirmation() -> None:
    assert verdicts(harvest(["a"], {}), {}, known(a="control"))["a"].reason == "confirmation"


def test_what_is_neither_held_nor_in_the_data_set_was_a_copy() -> None:
    found = verdicts(harvest(["a"], {}), {}, known())
    assert (found["a"].state, found["a"].reason) == (CorrectionState.REFUSED, "duplicate")


@given(st.lists(st.sampled_from(["refused", "held", "merged", "control", "copy"]), max_size=40))
def test_none_is_without_a_verdict_and_each_is_counted_once(kinds: list[str]) -> None:
    of = {kind: [f"c{at}" for at, each in enumerate(kinds) if each == kind] for kind in kinds}
    refused = {name: refusal("blank", "empty") for name in of.get("refused", [])}
    usable = [f"c{at}" for at, each in enumerate(kinds) if each != "refused"]
    rows = dict.fromkeys(of.get("merged", []), "train") | dict.fromkeys(
        of.get("control", []), "control"
    )
    found = verdicts(
        harvest(usable, refused), dict.fromkeys(of.get("held", []), HELD), known(**rows)
    )
    assert sorted(found) == sorted(f"c{at}" for at in range(len(kinds)))
    counted = count_verdicts(found)
    assert counted.collected == counted.merged + counted.quarantined + counted.refused == len(kinds)
    assert counted.quarantined == kinds.count("held")
    assert counted.reasons.get("confirmation", 0) == kinds.count("control")
