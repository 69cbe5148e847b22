"""The web client asks and tries exactly as Redraw does: thousands of decisions are compared."""

from typing import Any

import numpy as np

from pipeline.trial.assignment import is_in_trial
from pipeline.versions.asking import AskingPolicy, decide_asking, draw_number
from tests.clients._node import ask_node, needs_node

NUM_CASES = 3_000
NAMES = ["apple", "sun", "smiley_face", "toString", "Zoë's ✏️"]
PLAYERS = ["ada", "Zoë ✏️", "", "x" * 128, "0", "😀"]

pytestmark = needs_node


def make_policy(rng: np.random.Generator, probabilities: Any) -> AskingPolicy:
    """Return a policy; some thresholds are the very margin, so that one bit would tell."""
    best = np.sort(probabilities)[-2:].astype(np.float64)
    margin = float(best[1] - best[0])
    known = [name for name in NAMES if rng.random() < 0.5]
    choices = [0.0, 2.0, margin, float(np.nextafter(margin, 2)), float(rng.random())]
    return AskingPolicy(
        version=f"v1.{rng.integers(3)}.{rng.integers(20)}",
        budget=0.1,
        audit=float(rng.choice([0, 0.01, rng.random(), 1])),
        source="base",
        rows=1,
        thresholds={name: float(rng.choice(choices)) for name in known},
        common_threshold=float(rng.choice(choices)),
    )


def test_it_asks_about_the_same_drawings_for_the_same_reason_with_the_same_chance() -> None:
    rng = np.random.default_rng(14)
    cases, expected = [], []
    for number in range(NUM_CASES):
        # Steep and flat answers, and ties: of two equal classes the first counts.
        shares = rng.dirichlet(np.full(len(NAMES), rng.choice([0.05, 1.0, 50.0])))
        probabilities = np.float32(np.round(shares, 2) if number % 3 == 0 else shares)
        trial = np.float32(rng.dirichlet(np.ones(len(NAMES)))) if number % 4 == 0 else None
        policy, drawing_id = make_policy(rng, probabilities), f"drawing-{rng.integers(10**9)}"
        asked, chance = decide_asking(policy, probabilities, NAMES, drawing_id, trial)
        expected.append(None if chance is None else {"reason": asked, "chance": chance})
        cases.append(
            {
                "policy": policy.document(),
                "probabilities": probabilities.tolist(),
                "categories": NAMES,
                "drawingId": drawing_id,
                "trial": None if trial is None else trial.tolist(),
            }
        )
    decided = ask_node("decide.mjs", {"asking": cases, "trials": [], "draws": []})["asking"]
    assert decided == expected
    reasons = {each["reason"] if each else None for each in decided}
    assert reasons == {None, "margin", "audit", "disagreement"}


def test_the_same_players_are_in_a_trial_and_the_same_drawings_in_the_audit() -> None:
    rng = np.random.default_rng(15)
    players = PLAYERS + [f"player-{number}" for number in range(NUM_CASES)]
    trials: list[Any] = [
        {
            "trial": {
                "salt": f"v1.0.{rng.integers(9)}-é",
                "share": float(rng.choice([0, 0.1, 0.5, 1])),
            }
        }
        | {"player": player}
        for player in players
    ]
    draws = [["v1.0.0", player] for player in players]
    answer = ask_node("decide.mjs", {"asking": [], "trials": trials, "draws": draws})
    assert answer["trials"] == [
        is_in_trial(case["player"], case["trial"]["salt"], case["trial"]["share"])
        for case in trials
    ]
    assert answer["draws"] == [draw_number(*draw) for draw in draws]
    assert set(answer["trials"]) == {True, False}
