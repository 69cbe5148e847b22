"""A limit of one thread for BLAS, where speed and sums must not depend on the number of cores."""

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

import scipy.linalg.blas  # noqa: F401 - loads SciPy's own BLAS, so that the search below finds it
from threadpoolctl import ThreadpoolController


def one_blas_thread() -> AbstractContextManager[Any]:
    """Return a context in which BLAS uses one thread.

    BLAS threads wait for each other in busy loops, which is slow beside threads of our own, and
    their number changes the order in which sums are computed.
    """
    limited: AbstractContextManager[Any] = _find_libraries().limit(limits=1, user_api="blas")
    return limited


@cache
def _find_libraries() -> ThreadpoolController:
    """Find the loaded BLAS libraries once: a search takes milliseconds, as long as a small fit."""
    return ThreadpoolController()
