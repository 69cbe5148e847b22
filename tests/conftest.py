"""What all tests share: the first version, their order, and the examples of properties."""

import os
from pathlib import Path

import pytest

from tests._examples import load_quick_profile
from tests._first_version import shared_folder, train_first_version

load_quick_profile()
# Workers that tests start would give way to all other tests, and take many times as long.
os.environ.setdefault("REDRAW_WORKER_NICE", "0")
# More threads of TensorFlow add sums in an order that differs from time to time, and so do the last
# bits of what was trained. The suite uses both cores as it is.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move the tests that need the first version to the front, in the order they have.

    There they are all given to one worker of pytest-xdist. It trains the first version while the
    others run other tests, and no worker waits for it.
    """
    items.sort(key=needs_no_first_version)


def needs_no_first_version(item: pytest.Item) -> bool:
    return {"first_version_folder", "seeded"}.isdisjoint(getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def first_version_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A released v1.0.0, trained once for the whole test session: not to be changed."""
    return shared_folder(tmp_path_factory, "first-version", train_first_version)
