"""The evidence: wrong labels are contradicted, honest ones are not, and no player is judged by what that player said."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.screening.evidence import CAUGHT, PLAUSIBLE, LabelChecks, check_labels
from pipeline.screening.referee import Referee
from tests._examples import examples

CLASSES = 20


class Seer(Referee):
    """A referee to whom a drawing's first pixels say how much it is like each class."""

    def embed(self, images: NDArray[np.uint8], on_progress: object = None) -> NDArray[np.float32]:
        return images[:, 0, :CLASSES].astype(np.float32) / 25.5


@pytest.fixture(scope="session")
def seer() -> Referee:
    nothing = np.empty(0, np.float32)
    fields = dict.fromkeys(Referee._fields, nothing)
    fields |= {"weights": np.eye(CLASSES, dtype=np.float32), "bias": np.zeros(CLASSES, np.float32)}
    fields |= {
        "wrong_doubts": np.full(2000, 9.0, np.float32),
        "strange": np.asarray(0.9, np.float32),
    }
    fields["known"] = np.repeat(np.eye(CLASSES, dtype=np.float32), 5, axis=0)
    return Seer(**fields)


def drawings(*, of: NDArray[np.int64], clearness: int = 255) -> NDArray[np.uint8]:
    images = np.zeros((len(of), 28, 28), np.uint8)
    images[np.arange(len(of)), 0, of] = clearness
    return images


def found(
    images: NDArray[np.uint8], labels: NDArray[np.int64], players: NDArray[np.str_], seer: Referee
) -> LabelChecks:
    return check_labels(images, labels.astype(np.uint8), players, seer)


@pytest.fixture
def truth() -> NDArray[np.int64]:
    return np.random.default_rng(0).integers(0, CLASSES, 800)


@pytest.fixture
def players() -> NDArray[np.str_]:
    return np.array([f"p{each}" for each in np.random.default_rng(1).integers(0, 30, 800)], np.str_)


def test_an_empty_harvest_has_no_evidence_against_it(seer: Referee) -> None:
    nothing = np.empty(0, np.int64)
    assert [
        len(part) for part in found(drawings(of=nothing), nothing, np.empty(0, np.str_), seer)
    ] == [0] * 5


@pytest.mark.parametrize(("said", "held"), [(3, False), (4, True)])
def test_a_single_correction_is_judged_by_the_referee_alone(
    seer: Referee, said: int, held: bool
) -> None:
    one = found(drawings(of=np.array([3])), np.array([said]), np.array(["p"]), seer)
    assert (one.contradicted.tolist(), one.instead.tolist(), one.no_class.tolist()) == (
        [held],
        [3],
        [False],
    )
    assert one.sure[0] > 0.99


def test_labels_of_another_class_are_contradicted_and_honest_ones_are_not(
    seer: Referee, truth: NDArray[np.int64], players: NDArray[np.str_]
) -> None:
    said = truth.copy()
    said[:40] = (said[:40] + 1) % CLASSES
    assert np.flatnonzero(
        found(drawings(of=truth), said, players, seer).contradicted
    ).tolist() == list(range(40))


def test_what_is_as_likely_as_chance_is_never_contradicted(
    seer: Referee, truth: NDArray[np.int64], players: NDArray[np.str_]
) -> None:
    nobody_can_tell = found(np.zeros((800, 28, 28), np.uint8), truth, players, seer)
    assert not nobody_can_tell.contradicted[nobody_can_tell.doubts <= PLAUSIBLE].any()


def test_what_is_like_no_class_fits_none(
    seer: Referee, truth: NDArray[np.int64], players: NDArray[np.str_]
) -> None:
    images = drawings(of=truth)
    images[:5] = 0
    assert np.flatnonzero(found(images, truth, players, seer).no_class).tolist() == list(range(5))


def test_other_players_teach_what_the_referee_does_not_know(seer: Referee) -> None:
    """Drawings that it finds like class 0 and a little like class 1: everybody says that they are of class 1."""
    of, players = np.tile([1, 2, 3, 4], 200), np.array([f"p{each % 37}" for each in range(800)])
    images = drawings(of=of, clearness=100)
    images[of == 1, 0, 0] = 130
    known = found(images[:1], of[:1], players[:1], seer)
    assert found(images, of, players, seer).doubts[0] < known.doubts[0] / 2


def test_a_player_teaches_nothing_about_that_player_s_own_drawings(seer: Referee) -> None:
    of = np.tile([1, 2, 3, 4], 200)
    images = drawings(of=of, clearness=100)
    images[of == 1, 0, 0] = 130
    alone = found(images, of, np.full(800, "p"), seer)
    assert alone.doubts[0] == pytest.approx(
        found(images[:1], of[:1], np.array(["p"]), seer).doubts[0], abs=1e-5
    )


def test_those_who_all_tell_one_lie_convince_nobody(
    seer: Referee, truth: NDArray[np.int64], players: NDArray[np.str_]
) -> None:
    said, liars = truth.copy(), players.copy()
    said[truth == 5] = 6
    liars[truth == 5] = [f"liar{each % 10}" for each in range((truth == 5).sum())]
    assert found(drawings(of=truth), said, liars, seer).contradicted[truth == 5].all()


def test_as_many_labels_named_at_random_are_held_as_promised(
    seer: Referee, truth: NDArray[np.int64], players: NDArray[np.str_]
) -> None:
    rng = np.random.default_rng(3)
    images = rng.integers(0, 130, (800, 28, 28)).astype(np.uint8)
    images[np.arange(800), 0, truth] = 140
    told = found(
        images,
        (truth + rng.integers(1, CLASSES, 800)) % CLASSES,
        players,
        seer._replace(wrong_doubts=np.empty(0)),
    )
    assert (
        told.contradicted.mean() <= CAUGHT + 0.02
    )  # less where that would mean to hold what is likelier than by chance


@settings(max_examples=examples(15), deadline=None)
@given(rows=st.integers(1, 12), seed=st.integers(0, 99))
def test_the_order_of_the_corrections_changes_no_verdict(
    seer: Referee, rows: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    images, labels = (
        rng.integers(0, 256, (rows, 28, 28)).astype(np.uint8),
        rng.integers(0, CLASSES, rows),
    )
    players, order = (
        np.array([f"p{each}" for each in rng.integers(0, 4, rows)]),
        rng.permutation(rows),
    )
    there, again = (
        found(images, labels, players, seer),
        found(images[order], labels[order], players[order], seer),
    )
    assert np.allclose(there.doubts[order], again.doubts, atol=1e-2)
    assert there.no_class[order].tolist() == again.no_class.tolist()
