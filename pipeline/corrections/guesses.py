"""Read how many drawings a version has guessed, as the game's clients counted them."""

from collections.abc import Mapping
from typing import Any

COLLECTION = "guesses"
MOST = 10**12
"""No game has so many drawings; a larger number is none."""


def read_guesses(fields: Mapping[str, Any] | None) -> int | None:
    """Return the number in a document `guesses/{version}`; None if there is none.

    Args:
        fields: the document's, unchecked: players write it. None: there is no document.
    """
    number = (fields or {}).get("drawings")
    # A client may write 12 as 12.0. In Python True is a number too; NaN is below nothing.
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    return int(number) if 0 <= number < MOST and number == int(number) else None
