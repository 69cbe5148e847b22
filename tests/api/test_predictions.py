"""A guess is what the parts of the pipeline say, for every drawing, policy, player and trial."""

from datetime import UTC, datetime

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records.corrections import Asked
from pipeline.records.trials import TrialKind, TrialOffer
from pipeline.records.versions import Release
from pipeline.trial.assignment import is_in_trial
from pipeline.versions.asking import AskingPolicy, decide_asking
from pipeline.versions.serving import ServedVersion
from service.versions.predictions import guess
from service.versions.predictors import Serving
from tests.clients._models import make_predictor

CLASSES = ("ant", "bee", "cat", "dog", "elk")
CHAMPION, TRIED = make_predictor(1, len(CLASSES)), make_predictor(2, len(CLASSES))


def served(version: str, model: object, threshold: float, audit: float) -> ServedVersion:
    policy = AskingPolicy(
        version=version, budget=0.1, audit=audit, source="base", rows=1,
        thresholds={"cat": threshold}, common_threshold=threshold / 2,
    )  # fmt: skip
    return ServedVersion(version, CLASSES, policy, model)  # type: ignore[arg-type]


@given(
    seed=st.integers(0, 1_000),
    threshold=st.sampled_from([0.0, 0.3, 1.0, 2.0]),
    audit=st.sampled_from([0.0, 0.5, 1.0]),
    player=st.none() | st.text(max_size=3),
    kind=st.none() | st.sampled_from(list(TrialKind)),
    top=st.integers(1, 7),
)
def test_a_guess_is_what_the_pipeline_says(
    *,
    seed: int,
    threshold: float,
    audit: float,
    player: str | None,
    kind: TrialKind | None,
    top: int,
) -> None:
    drawing = np.random.default_rng(seed).integers(0, 256, (28, 28)).astype(np.uint8)
    offer = kind and TrialOffer(version="v2.0.0", share=0.5, salt="s", kind=kind, manifest_path="")
    release = Release(
        version="v1.0.0", manifest_path="", fence=1, updated_at=datetime.now(UTC), trial=offer
    )
    champion = served("v1.0.0", CHAMPION, threshold, audit)
    tried = None if offer is None else served("v2.0.0", TRIED, threshold, audit)
    answer = guess(Serving(release, champion, tried), drawing, f"d{seed}", player, top)

    is_in = offer is not None and player is not None and is_in_trial(player, "s", 0.5)
    shown = tried if is_in and tried is not None and kind is TrialKind.CANARY else champion
    beside = TRIED.probabilities(drawing) if is_in and kind is not TrialKind.CANARY else None
    probabilities = shown.model.probabilities(drawing)
    asking = decide_asking(shown.policy, probabilities, CLASSES, f"d{seed}", beside)
    assert answer.version == shown.version
    assert answer.label == answer.top[0].label == CLASSES[int(probabilities.argmax())]
    assert [each.confidence for each in answer.top] == sorted(probabilities.tolist())[::-1][:top]
    assert (answer.ask is None) == (asking.asked is Asked.NONE)
    if answer.ask is not None:
        assert (answer.ask.reason, answer.ask.chance) == (asking.asked, asking.chance)
    differs = beside is not None and beside.argmax() != probabilities.argmax()
    assert answer.other == (
        CLASSES[int(beside.argmax())] if differs and beside is not None else None
    )
