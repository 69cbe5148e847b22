"""Read, make and write Ed25519 keys: one private key signs, public keys check.

Both are written as base64 of their 32 raw bytes, which WebCrypto and every library can import.
The private key is never shown in an error, a log or a document.
"""

import base64
import binascii
import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from pipeline.errors import RedrawError
from pipeline.files import PRIVATE_FILE, create_folder

KEY_BYTES, SIGNATURE_BYTES = 32, 64
_KEY_TEXT = re.compile(r"[A-Za-z0-9+/]{43}=")
MOST_FILE_BYTES = 1000


@dataclass(frozen=True)
class PublicKey:
    """A key that checks signatures: its 32 raw bytes."""

    raw: bytes

    @property
    def id(self) -> str:
        """The first 16 hex digits of the sha256 of the raw bytes."""
        return hashlib.sha256(self.raw).hexdigest()[:16]

    @property
    def text(self) -> str:
        """The raw bytes in base64."""
        return base64.b64encode(self.raw).decode()

    def has_signed(self, data: bytes, signature: bytes) -> bool:
        """Return whether `signature` is one of this key over exactly these bytes."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, data)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class SigningKey:
    """A private key: its 32 raw bytes, which no representation of it shows."""

    raw: bytes = field(repr=False)

    @property
    def public(self) -> PublicKey:
        """The key that checks its signatures."""
        return PublicKey(self._load().public_key().public_bytes_raw())

    @property
    def text(self) -> str:
        """The raw bytes in base64: to be kept secret."""
        return base64.b64encode(self.raw).decode()

    def sign(self, data: bytes) -> bytes:
        """Return the signature, 64 bytes: the same for the same bytes (RFC 8032)."""
        return self._load().sign(data)

    def _load(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.raw)


def make_key() -> SigningKey:
    """Return a new private key, by the system's source of randomness."""
    return SigningKey(Ed25519PrivateKey.generate().private_bytes_raw())


def read_signing_key(value: str) -> SigningKey:
    """Return the private key that a setting gives: the key itself, or the path of its file.

    What has the form of a key is one; anything else is a path.

    Raises:
        ValueError: it is neither. The message does not repeat the value: it may be a damaged key.
    """
    if _KEY_TEXT.fullmatch(value):
        return SigningKey(_decode(value))
    try:
        with Path(value).open("rb") as file:
            text = file.read(MOST_FILE_BYTES).decode().strip()
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or "it cannot be read as text"
        raise ValueError(
            "it is neither a key (44 characters of base64) nor the path of a file with one "
            f"({reason}): `redraw keys new` makes one"
        ) from None
    if not _KEY_TEXT.fullmatch(text):
        raise ValueError(
            "the file that it names holds no key (44 characters of base64): "
            "`redraw keys new` makes one"
        )
    return SigningKey(_decode(text))


def read_public_key(text: str) -> PublicKey:
    """Return the public key in base64.

    Raises:
        ValueError: it is no key.
    """
    if not _KEY_TEXT.fullmatch(text):
        raise ValueError(f"{text[:60]!r} is no public key: it has 44 characters of base64")
    return PublicKey(_decode(text))


def write_new_key(path: Path) -> SigningKey:
    """Make a key and write it to a new file that its owner alone can read (mode 0600).

    Raises:
        RedrawError: there is a file already; a key that is overwritten is lost.
    """
    create_folder(path.parent)
    key = make_key()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    except FileExistsError:
        raise RedrawError(
            f"{path} exists already, and is kept: choose another file with --out, or use that key"
        ) from None
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{key.text}\n")
        file.flush()
        os.fsync(descriptor)
    return key


def _decode(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("it is no base64") from None
    # The last character can hold bits that no byte takes: then two texts would be one key.
    if len(raw) != KEY_BYTES or base64.b64encode(raw).decode() != text:
        raise ValueError("it is not the base64 of 32 bytes")
    return raw
