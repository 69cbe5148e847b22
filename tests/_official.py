"""Whether Google's own Firestore emulator can be tested against."""

import pytest

from emulator.official import is_official_installed

official_only = pytest.mark.skipif(
    not is_official_installed(), reason="Google's Firestore emulator is not installed"
)
