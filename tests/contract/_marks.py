"""Marks that several files of contract tests share."""

import pytest

from emulator.official import is_official_installed

official_only = pytest.mark.skipif(not is_official_installed(), reason="Google's Firestore emulator is not installed")
