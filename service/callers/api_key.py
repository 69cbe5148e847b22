"""Tell whether a text is the API key."""

import hashlib
import hmac

from pipeline.settings import Settings


def is_api_key(presented: str, settings: Settings) -> bool:
    """Return whether `presented` is the API key.

    The digests are compared: they are of one length, and `compare_digest` takes the same time
    wherever they differ. So the time of the answer reveals nothing about the key.
    """
    if settings.api_key is None:
        return False
    # Starlette decodes headers as Latin-1; encoding them again gives the bytes that were sent.
    digests = (
        hashlib.sha256(key).digest()
        for key in (presented.encode("latin-1"), settings.api_key.get_secret_value().encode())
    )
    return hmac.compare_digest(*digests)
