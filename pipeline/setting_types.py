"""Read the values of settings that need more than a comparison: classes, bucket, and keys."""

import re
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_settings import NoDecode

from pipeline.categories import check_categories, read_categories
from pipeline.signing.keys import read_public_key, read_signing_key


def _parse_categories(value: object) -> tuple[str, ...]:
    """Return the classes that a variable or an argument gives."""
    if isinstance(value, str):
        return read_categories(value)
    if isinstance(value, tuple | list) and all(isinstance(name, str) for name in value):
        return check_categories(value)
    raise ValueError("give names separated by commas, or the path of a file")


def _refuse_address_of_bucket(bucket: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", bucket):
        name = re.sub(r"^[a-z]+://|^/+", "", bucket.strip()).partition("/")[0]
        example = f", here {name}" if re.fullmatch(r"[A-Za-z0-9][\w.-]*", name) else ""
        raise ValueError(
            f"write the bucket's name alone{example}, without gs:// and without a slash"
        )
    return bucket


def _check_signing_key(value: SecretStr | None) -> SecretStr | None:
    if value is not None:
        read_signing_key(value.get_secret_value())
    return value


def _parse_public_keys(value: object) -> tuple[str, ...]:
    """Return the public keys that a variable, with commas, or an argument gives."""
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, tuple | list) or not all(isinstance(word, str) for word in words):
        raise ValueError("give public keys in base64, separated by commas")
    keys = tuple(word.strip() for word in words if word.strip())
    for key in keys:
        read_public_key(key)
    return keys


def _refuse_other_than_redis(address: str) -> str:
    advice = "write redis://host:6379/0, or rediss://:password@host:6379/0 with TLS"
    try:
        parts = urlsplit(address)
        port_is_valid = parts.port is None or parts.port > 0
    except ValueError:
        port_is_valid = False
    if not port_is_valid or parts.scheme not in {"redis", "rediss", "unix"}:
        raise ValueError(f"it is no address of a Redis: {advice}")
    if parts.scheme != "unix" and (not parts.hostname or not re.fullmatch(r"/?\d*", parts.path)):
        raise ValueError(f"it names no host, or a database that is no number: {advice}")
    return address


Categories: TypeAlias = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parse_categories)]
"""The names of the classes, by label."""
SigningKeyText: TypeAlias = Annotated[SecretStr | None, AfterValidator(_check_signing_key)]
"""A private key, or the path of its file."""
PublicKeys: TypeAlias = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parse_public_keys)]
"""Public keys in base64."""
BucketName: TypeAlias = Annotated[str, AfterValidator(_refuse_address_of_bucket)]
RedisAddress: TypeAlias = Annotated[str, AfterValidator(_refuse_other_than_redis)]
"""A URL of a Redis. Messages do not repeat it: it may hold a password."""
