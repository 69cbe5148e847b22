"""What tests of several folders share."""

from pathlib import Path

import pytest

from tests._examples import load_quick_profile
from tests._first_version import shared_folder, train_first_version

load_quick_profile()


@pytest.fixture(scope="session")
def first_version_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A released v1.0.0, trained once for the whole test session: not to be changed."""
    return shared_folder(tmp_path_factory, "first-version", train_first_version)
