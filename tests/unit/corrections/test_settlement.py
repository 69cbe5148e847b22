"""Every collected correction gets one verdict: merged, not merged, or refused as a copy."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corrections.collect import Harvest
from pipeline.corrections.settlement import assign_verdicts, count_verdicts
from pipeline.corrections.validation import refuse
from pipeline.dataset.origins import Origin
from pipeline.records.corrections import CorrectionState, Verdict
from pipeline.records.dataset import Split

QUARANTINED = Verdict(state=CorrectionState.QUARANTINED, reason="flood", explanation="too many")


def harvest(ids: list[str], refused: dict[str, Verdict]) -> Harvest:
    """Return a harvest; ids that begin with "right" are confirmations."""
    nothing: Any = np.zeros(len(ids))
    guesses = np.array([not name.startswith("right") for name in ids], np.uint8)
    columns = [nothing] * 7
    return Harvest(
        nothing, nothing, np.array(ids, np.str_), nothing, guesses, *columns, unusable=refused
    )


def merged(**splits: str) -> dict[str, Origin]:
    """Return rows of revision 1: splits by correction id."""
    return {name: Origin(Split(split), 1) for name, split in splits.items()}


def test_what_the_data_set_holds_is_merged_even_if_it_was_quarantined() -> None:
    verdicts = assign_verdicts(harvest(["a"], {}), {"a": QUARANTINED}, merged(a="train"))
    assert (verdicts["a"].state, verdicts["a"].reason) == (CorrectionState.MERGED, "merged")


def test_what_the_data_set_holds_is_merged_even_if_its_canvas_is_gone() -> None:
    missing = refuse("missing_image", "there is no canvas")
    verdicts = assign_verdicts(harvest([], {"a": missing}), {}, merged(a="train"))
    assert verdicts["a"].state is CorrectionState.MERGED


def test_a_merged_correction_whose_label_is_the_guess_is_a_confirmation() -> None:
    verdicts = assign_verdicts(harvest(["right"], {}), {}, merged(right="test"))
    assert verdicts["right"].reason == "confirmation"


def test_what_is_neither_quarantined_nor_in_the_data_set_was_a_copy() -> None:
    verdicts = assign_verdicts(harvest(["a"], {}), {}, merged())
    assert (verdicts["a"].state, verdicts["a"].reason) == (CorrectionState.REFUSED, "duplicate")


@given(
    st.lists(st.sampled_from(["refused", "quarantined", "merged", "right", "copy"]), max_size=40)
)
def test_no_correction_is_without_a_verdict_and_each_is_counted_once(kinds: list[str]) -> None:
    ids: dict[str, list[str]] = {kind: [] for kind in kinds}
    for number, kind in enumerate(kinds):
        ids[kind].append(f"{kind}{number}")
    refused = {name: refuse("blank", "empty") for name in ids.get("refused", [])}
    usable = [f"{kind}{number}" for number, kind in enumerate(kinds) if kind != "refused"]
    rows = dict.fromkeys([*ids.get("merged", []), *ids.get("right", [])], "train")
    verdicts = assign_verdicts(
        harvest(usable, refused),
        dict.fromkeys(ids.get("quarantined", []), QUARANTINED),
        merged(**rows),
    )
    assert sorted(verdicts) == sorted(f"{kind}{number}" for number, kind in enumerate(kinds))
    counted = count_verdicts(verdicts)
    assert counted.collected == counted.merged + counted.quarantined + counted.refused == len(kinds)
    assert counted.quarantined == kinds.count("quarantined")
    assert counted.reasons.get("confirmation", 0) == kinds.count("right")
