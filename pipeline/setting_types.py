"""Read the values of settings that need more than a comparison: classes, bucket, and keys."""

import re
from typing import Annotated, TypeAlias

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


Categories: TypeAlias = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parse_categories)]
"""The names of the classes, by label."""
SigningKeyText: TypeAlias = Annotated[SecretStr | None, AfterValidator(_check_signing_key)]
"""A private key, or the path of its file."""
PublicKeys: TypeAlias = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parse_public_keys)]
"""Public keys in base64."""
BucketName: TypeAlias = Annotated[str, AfterValidator(_refuse_address_of_bucket)]
