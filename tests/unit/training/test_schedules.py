"""Learning rates and early stopping equal those of Keras's callbacks; one cycle ends at zero."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from pipeline.training.schedules import (
    WARM_UP,
    has_stalled,
    one_cycle_rate,
    plateau_rate,
    warp_strength,
)


class StubModel:
    """The parts of a keras.Model that the two callbacks use."""

    def __init__(self) -> None:
        self.stop_training = False
        self.optimizer: Any = type("Optimizer", (), {"learning_rate": 1e-3})()

    def get_weights(self) -> list[float]:
        return []


@pytest.mark.parametrize("seed", range(20))
def test_plateaus_and_stopping_are_those_of_keras(seed: int) -> None:
    import keras

    losses = np.random.default_rng(seed).choice([0.5, 0.4, 0.39995, 0.3, 0.29, 0.2], 12).tolist()
    model = StubModel()
    stopping = keras.callbacks.EarlyStopping(patience=3)
    plateau = keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=2)
    for callback in (stopping, plateau):
        callback.set_model(model)
        callback.on_train_begin()
    for epoch, loss in enumerate(losses):
        for callback in (stopping, plateau):
            callback.on_epoch_end(epoch, {"val_loss": loss})
        assert plateau_rate(1e-3, losses[: epoch + 1]) == pytest.approx(
            model.optimizer.learning_rate
        )
        assert has_stalled(losses[: epoch + 1]) == model.stop_training
        if model.stop_training:
            return


def test_before_the_first_epoch_nothing_is_stalled() -> None:
    assert not has_stalled([])
    assert plateau_rate(1e-3, []) == 1e-3


def test_one_cycle_rises_to_its_peak_and_falls_to_nothing() -> None:
    rates = [one_cycle_rate(0.01, share) for share in np.linspace(0, 1, 101)]
    peak = round(100 * WARM_UP)
    assert rates[peak] == max(rates) == pytest.approx(0.01)
    assert all(before < after for before, after in pairwise(rates[: peak + 1]))
    assert all(before > after for before, after in pairwise(rates[peak:]))
    assert rates[-1] == pytest.approx(0)


def test_drawings_are_warped_wholly_at_first_and_not_at_all_at_the_end() -> None:
    strengths = [warp_strength(share) for share in np.linspace(0, 1, 101)]
    assert set(strengths[:51]) == {1.0}
    assert set(strengths[91:]) == {0.0}
    assert all(before > after for before, after in pairwise(strengths[50:91]))
