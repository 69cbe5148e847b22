"""The sort keys of values as bytes, which SQLite compares as Firestore compares the values."""

import math
import struct

from emulator.values import Key

_SIGN = 1 << 63
_NUMBERS = b"\x02\x01"
"""What the keys of all numbers begin with, but for NaN, which comes before them."""


def encode(key: Key) -> bytes | None:
    """Return a sort key of `emulator.values.sort_key` as bytes.

    Two keys compare as their bytes do. None: for references, points, arrays and maps.
    """
    kind, *parts = key
    encoded: bytes | None = None
    match kind:
        case 0:
            encoded = b""
        case 1:
            encoded = bytes(parts)
        case 2:
            encoded = b"\x00" if parts == [0] else b"\x01" + _encode_number(parts[1])
        case 3:
            encoded = struct.pack(">QI", parts[0] + _SIGN, parts[1])
        case 4:
            encoded = parts[0].encode()
        case 5:
            encoded = parts[0]
    return None if encoded is None else bytes((kind,)) + encoded


def first_of_type(key: bytes) -> bytes:
    """Return bytes that no key of the same type is below, NaN apart."""
    return _NUMBERS if key.startswith(_NUMBERS) else key[:1]


def first_of_next_type(key: bytes) -> bytes:
    """Return bytes that all keys of the same type are below."""
    return bytes((key[0] + 1,))


def _encode_number(number: float) -> bytes:
    """Return the nearest double, and by how much an integer is off it."""
    nearest = float(number) + 0.0  # -0.0 equals 0.0
    bits: int = struct.unpack(">Q", struct.pack(">d", nearest))[0]
    # Doubles compare as their bits do, if the sign is turned, and of negative ones all the others.
    ordered = bits ^ (2 * _SIGN - 1) if bits & _SIGN else bits | _SIGN
    rest = int(number) - int(nearest) if math.isfinite(nearest) else 0
    if isinstance(number, float):
        rest = 0
    return struct.pack(">QQ", ordered, rest + _SIGN)
