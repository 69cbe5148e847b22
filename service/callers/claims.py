"""The custom claim that makes an account an owner."""

from collections.abc import Mapping
from typing import Any

Claims = Mapping[str, Any]

ADMIN_CLAIM = "admin"
"""The name of the claim; its value must be true. `redraw admins` grants it."""
ADMIN_CLAIM_TEXT = f"`{ADMIN_CLAIM}: true`"
"""How messages name the claim."""


def is_admin(claims: Claims) -> bool:
    """Return whether the claims make their account an owner."""
    # `is True`: the text "false" as a claim is true to Python.
    return claims.get(ADMIN_CLAIM) is True
