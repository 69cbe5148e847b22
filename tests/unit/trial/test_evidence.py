"""The evidence of a trial: both guesses are computed of what was merged since it began."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from pipeline.dataset.additions import Additions
from pipeline.dataset.hdf5 import describe
from pipeline.dataset.merge import merge
from pipeline.model.predict import Predictor
from pipeline.records.corrections import ASKED_CODES, Asked
from pipeline.trial import evidence
from pipeline.trial.evidence import ComparedModels, FreshAnswers, gather_answers


def make_model(seed: int, backbone: int = 0) -> Predictor:
    """A model with random weights; the backbone has a seed of its own."""
    frozen, head = np.random.default_rng(backbone), np.random.default_rng(100 + seed)
    shapes = ((9, 32), (32,), (288, 64), (64,))
    layers = [frozen.normal(0, 0.2, shape).astype(np.float32) for shape in shapes]
    weights = head.normal(0, 0.1, (1600, 20)).astype(np.float32)
    return Predictor(*layers, weights, np.zeros(20, np.float32))


class Grown(NamedTuple):
    path: Path
    first: Additions
    second: Additions


@pytest.fixture
def grown(base_file: Path, make_additions: Callable[..., Additions]) -> Grown:
    """A data set with two revisions of forty answers."""
    added = []
    for name in "ab":
        additions = make_additions(describe(base_file), 40, name, seed=ord(name))
        codes = np.arange(40) % len(Asked)
        additions = additions._replace(
            asked=codes.astype(np.uint8),
            chances=np.where(codes == ASKED_CODES[Asked.NONE], np.nan, 0.25).astype(np.float32),
        )
        merge(base_file, additions)
        added.append(additions)
    return Grown(base_file, *added)


MODELS = {
    "one backbone": ComparedModels(make_model(1), make_model(2)),
    "another backbone": ComparedModels(make_model(1), make_model(2, backbone=7)),
}


def by_player(answers: FreshAnswers) -> dict[str, tuple[Any, ...]]:
    """The columns of each answer; here each player has one."""
    names = answers.players.astype(str).tolist()
    rows = zip(
        answers.labels.tolist(),
        answers.guesses.tolist(),
        answers.asked.tolist(),
        np.nan_to_num(answers.chances, nan=-1).tolist(),
        answers.versions.tolist(),
        answers.shown.tolist(),
        answers.shadow.tolist(),
        strict=True,
    )
    return dict(zip(names, rows, strict=True))


@pytest.mark.parametrize("block", [3, 4096])
@pytest.mark.parametrize("models", MODELS)
def test_answers_since_the_start_are_found_with_both_guesses(
    grown: Grown, models: str, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "BLOCK_ROWS", block)
    shown, shadow = MODELS[models]
    fresh = gather_answers(MODELS[models], grown.path, 1)
    added = grown.second
    expected = {
        player: (
            int(added.labels[row]),
            int(added.guesses[row]),
            int(added.asked[row]),
            float(np.nan_to_num(added.chances[row], nan=-1)),
            b"v1.0.0",
            int(shown.probabilities(added.images[row]).argmax()),
            int(shadow.probabilities(added.images[row]).argmax()),
        )
        for row, player in enumerate(added.players.tolist())
    }
    assert by_player(fresh) == expected


def test_they_come_in_order_of_arrival_whatever_their_splits(grown: Grown) -> None:
    fresh = gather_answers(MODELS["one backbone"], grown.path, 0)
    first = set(grown.first.players.tolist())
    assert set(fresh.players[:40].astype(str).tolist()) == first
    assert len(fresh.players) == 80


def test_more_answers_change_nothing_before_them(grown: Grown) -> None:
    # Otherwise a look that is repeated later would see something else.
    models = MODELS["one backbone"]
    whole = gather_answers(models, grown.path, 0)
    later = gather_answers(models, grown.path, 1)
    assert np.array_equal(whole.players[40:], later.players)
    assert np.array_equal(whole.shadow[40:], later.shadow)


def test_where_nothing_is_new_there_is_no_evidence(grown: Grown) -> None:
    fresh = gather_answers(MODELS["one backbone"], grown.path, 2)
    pairs, arms = fresh.pair(), fresh.divide("v1.0.1", "v1.0.0")
    assert {len(column) for column in (*fresh, *pairs, *arms)} == {0}


def test_pairs_say_which_model_is_right_and_where_they_differ(grown: Grown) -> None:
    fresh = gather_answers(MODELS["one backbone"], grown.path, 0)
    labels = np.where(np.arange(80) % 2, fresh.shown, fresh.shadow).astype(np.uint8)
    pairs = fresh._replace(labels=labels).pair()
    assert np.array_equal(pairs.differ, fresh.shown != fresh.shadow)
    assert pairs.differ.any()
    assert np.array_equal(pairs.shown_right | pairs.shadow_right, np.ones(80, bool))
    assert np.array_equal(pairs.shown_right & pairs.shadow_right, ~pairs.differ)


def test_an_answer_belongs_to_an_arm_only_if_that_version_does_guess_so(grown: Grown) -> None:
    fresh = gather_answers(MODELS["one backbone"], grown.path, 0)
    versions = np.where(np.arange(80) < 40, b"v1.0.1", b"v1.0.0")
    honest = np.where(np.arange(80) < 40, fresh.shadow, fresh.shown).astype(np.uint8)
    arms = fresh._replace(versions=versions, guesses=honest).divide("v1.0.1", "v1.0.0")
    assert (len(arms.players), int(arms.in_trial.sum())) == (80, 40)
    assert arms.asked is not None
    assert np.array_equal(arms.asked, fresh.asked)
    lying = ((honest + 1) % 20).astype(np.uint8)
    assert len(fresh._replace(versions=versions, guesses=lying).divide("v1.0.1", "v1.0.0")[0]) == 0
    others = fresh._replace(versions=np.full(80, b"v0.9.0"), guesses=honest)
    assert len(others.divide("v1.0.1", "v1.0.0").players) == 0
