"""Sign notifications as Standard Webhooks say, so that a receiver knows who sent them.

HMAC-SHA256 of id, time and body, in three headers: https://www.standardwebhooks.com.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"
FEWEST_BYTES, MOST_BYTES = 24, 64


def read_webhook_secrets(text: str) -> tuple[bytes, ...]:
    """Return the secrets in a text that has commas between them.

    Raises:
        ValueError: there is none, or one is not as Standard Webhooks write it. The message does not
            show it.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise ValueError(_EXPLANATION)
    return tuple(map(_read_secret, words))


def sign_webhook(
    keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """Return the headers that sign a message.

    Args:
        keys: the secrets; each signs, so a receiver may know the old one or the new one.
        message_id: without a full stop.
        timestamp: of this attempt, in POSIX seconds. Receivers refuse old ones.
        body: exactly as it is sent.
    """
    content = f"{message_id}.{timestamp}.".encode() + body
    signatures = [
        "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode() for key in keys
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def _read_secret(word: str) -> bytes:
    try:
        key = base64.b64decode(word.removeprefix(PREFIX), validate=True)
    except ValueError:
        raise ValueError(_EXPLANATION) from None
    if not word.startswith(PREFIX) or not FEWEST_BYTES <= len(key) <= MOST_BYTES:
        raise ValueError(_EXPLANATION)
    return key


_EXPLANATION = (
    f"write {PREFIX} and {FEWEST_BYTES} to {MOST_BYTES} bytes in base64:"
    " `echo whsec_$(openssl rand -base64 32)` makes one"
)
