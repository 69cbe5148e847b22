"""Read the values of settings that need more than a comparison: classes, and the bucket."""

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, BeforeValidator
from pydantic_settings import NoDecode

from pipeline.categories import check_categories, read_categories


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


Categories: TypeAlias = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parse_categories)]
"""The names of the classes, by label."""
BucketName: TypeAlias = Annotated[str, AfterValidator(_refuse_address_of_bucket)]
