"""Tell whether a caller presents the API key."""

import hashlib
import hmac

from pipeline.settings import Settings

API_KEY = "api-key"
"""The name of the caller who sends the API key, and so is no account."""


def is_api_key(presented: bytes, settings: Settings) -> bool:
    """Return whether `presented` is the API key.

    The digests are compared: they are of one length, and `compare_digest` takes the same time
    wherever they differ. So the time of the answer reveals nothing about the key.

    Args:
        presented: the bytes that were sent; Starlette decodes those of a header as Latin-1.
        settings: hold the API key.
    """
    if settings.api_key is None:
        return False
    digests = (
        hashlib.sha256(key).digest()
        for key in (presented, settings.api_key.get_secret_value().encode())
    )
    return hmac.compare_digest(*digests)
