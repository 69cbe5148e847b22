"""BLAS held to one thread: its threads wait for each other spinning, and how many there are must change no sum."""

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import scipy.linalg.blas  # noqa: F401 - SciPy's own BLAS must be there when the libraries are looked for
from threadpoolctl import ThreadpoolController


def one_blas_thread() -> AbstractContextManager[Any]:
    """A block in which BLAS computes with one thread."""
    limited: AbstractContextManager[Any] = _libraries().limit(limits=1, user_api="blas")
    return limited


@cache
def _libraries() -> ThreadpoolController:
    return (
        ThreadpoolController()
    )  # looking takes milliseconds, which fits of a moment would pay each time
