"""int8 weights are off by half a scale at most."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pipeline.formats.quantise import quantise, restore_quantised
from pipeline.model.predict import Predictor
from tests._examples import examples

KERNELS = arrays(np.float32, (5, 3), elements=st.floats(-100, 100, width=32, allow_subnormal=False))


@settings(max_examples=examples(100))
@given(KERNELS)
def test_each_weight_is_off_by_half_a_scale_at_most(kernel: np.ndarray) -> None:
    stored = quantise(kernel)
    assert np.abs(stored.numbers.astype(int)).max() <= 127
    # A little more than a half, as float32 rounds the scale and the product.
    assert (np.abs(stored.restore() - kernel) <= 0.5001 * stored.scales + 1e-37).all()


@settings(max_examples=examples(100))
@given(KERNELS)
def test_what_was_restored_is_stored_as_the_same_numbers(kernel: np.ndarray) -> None:
    stored = quantise(kernel)
    assert np.array_equal(quantise(stored.restore()).numbers, stored.numbers)


def test_a_channel_without_weights_stays_without_weights() -> None:
    kernel = np.array([[0, 1], [0, -2]], np.float32)
    assert np.array_equal(quantise(kernel).restore()[:, 0], [0, 0])


def test_biases_stay_as_they_are(model: Predictor) -> None:
    restored = restore_quantised(model)
    assert all(np.array_equal(*pair) for pair in zip(restored[1::2], model[1::2], strict=True))
    assert not np.array_equal(restored.kernel_2, model.kernel_2)
