"""Whether to ask about one drawing, why, and with which chance: margin, trial and random audit."""

import hashlib
import json
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.records.corrections import Asked
from pipeline.versions import asking
from pipeline.versions.asking import AskingPolicy, calibrate, draw_number
from tests._examples import load_quick_profile

load_quick_profile()

NAMES = ("apple", "sun", "tree")
decide_asking = partial(asking.decide_asking, categories=NAMES)
drawing_ids = st.text(max_size=30)
shares = st.floats(0, 1)


def policy(**changes: object) -> AskingPolicy:
    fields = {
        "version": "v1.0.0",
        "budget": 0.1,
        "audit": 0.0,
        "source": "base",
        "rows": 1,
        "thresholds": {"apple": 0.5},
        "common_threshold": 0.2,
    }
    return AskingPolicy.model_validate(fields | changes)


def guess(name: str, margin: float) -> NDArray[np.float32]:
    rest = (1 - margin) / 3
    return np.where(np.array(NAMES) == name, rest + margin, rest).astype(np.float32)


SURE, UNSURE = guess("apple", 0.9), guess("apple", 0.1)


def test_a_small_margin_is_asked_about_each_time() -> None:
    assert decide_asking(policy(), UNSURE, drawing_id="a") == (Asked.MARGIN, 1.0)


def test_without_an_audit_a_sure_guess_is_not_asked_about() -> None:
    assert decide_asking(policy(), SURE, drawing_id="a") == (Asked.NONE, None)


def test_a_guess_that_the_version_on_trial_does_not_share_is_asked_about_each_time() -> None:
    decided = decide_asking(policy(), SURE, drawing_id="a", trial_probabilities=guess("sun", 0.9))
    assert decided == (Asked.DISAGREEMENT, 1.0)


def test_of_two_reasons_the_disagreement_is_said_as_it_is_what_a_trial_is_judged_by() -> None:
    decided = decide_asking(policy(), UNSURE, drawing_id="a", trial_probabilities=guess("sun", 0.9))
    assert decided == (Asked.DISAGREEMENT, 1.0)


def test_a_guess_that_the_version_on_trial_shares_is_not() -> None:
    decided = decide_asking(
        policy(), SURE, drawing_id="a", trial_probabilities=guess("apple", 0.05)
    )
    assert decided == (Asked.NONE, None)


def test_the_audit_meets_its_share_of_sure_guesses_and_tells_its_chance() -> None:
    audited = [
        decide_asking(policy(audit=0.1), SURE, drawing_id=f"d{number}") for number in range(3000)
    ]
    met = [each for each in audited if each.asked is Asked.AUDIT]
    assert {each.chance for each in met} == {0.1}
    assert 0.08 < len(met) / len(audited) < 0.12


def test_versions_audit_different_drawings() -> None:
    chosen = [
        {
            number
            for number in range(2000)
            if decide_asking(policy(audit=0.1, version=version), SURE, drawing_id=str(number)).asked
            is Asked.AUDIT
        }
        for version in ("v1.0.0", "v1.0.1")
    ]
    assert len(chosen[0] & chosen[1]) < 0.3 * len(chosen[0])


@given(drawing_ids, shares, st.floats(0.01, 0.99))
def test_whatever_the_audit_a_small_margin_keeps_its_chance(
    drawing_id: str, audit: float, margin: float
) -> None:
    decided = decide_asking(policy(audit=audit), guess("apple", margin), drawing_id=drawing_id)
    if audit < 1 and margin < 0.49:
        assert decided == (Asked.MARGIN, 1.0)
    assert (decided.chance is None) == (decided.asked is Asked.NONE)


@given(drawing_ids)
def test_a_larger_audit_asks_about_every_drawing_of_a_smaller_one(drawing_id: str) -> None:
    asked = [
        decide_asking(policy(audit=audit), SURE, drawing_id=drawing_id).asked is Asked.AUDIT
        for audit in (0.0, 0.1, 0.5, 1.0)
    ]
    assert asked == sorted(asked)
    assert asked[-1]


@pytest.mark.parametrize("budget", [0.0, 0.5])
def test_the_audit_of_a_policy_is_that_of_the_settings(budget: float) -> None:
    calibrated = calibrate(np.stack([SURE] * 4), budget=budget, audit=0.03, categories=NAMES)
    assert calibrated.audit == 0.03


def test_asking_about_everything_is_an_audit_of_everything() -> None:
    calibrated = calibrate(np.stack([SURE] * 4), budget=1, audit=0.01, categories=NAMES)
    assert decide_asking(calibrated, UNSURE, drawing_id="a") == (Asked.AUDIT, 1.0)


def test_a_policy_of_an_earlier_version_has_no_audit() -> None:
    document = policy().document()
    del document["audit"]
    assert AskingPolicy.from_document(document).audit == 0


def test_a_client_that_has_nothing_but_the_json_audits_the_same_drawings() -> None:
    document = json.loads(policy(audit=0.25).model_dump_json(by_alias=True))
    for number in range(200):
        text = f"{document['version']}:d{number}"
        drawn = int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 2**32
        decided = decide_asking(policy(audit=0.25), SURE, drawing_id=f"d{number}")
        assert (decided.asked is Asked.AUDIT) == (drawn < document["audit"])


def test_the_number_of_a_drawing_never_changes() -> None:
    assert draw_number("v1.0.0", "drawing-1") == 0.15678749652579427


@given(st.text(max_size=10), drawing_ids)
def test_the_number_of_a_drawing_is_from_0_to_below_1(version: str, drawing_id: str) -> None:
    assert 0 <= draw_number(version, drawing_id) < 1
