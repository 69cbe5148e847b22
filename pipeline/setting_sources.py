"""Read settings from the environment and `.env` so that all invalid ones can be told at once.

By default pydantic-settings stops at the first map or list that is no JSON.
"""

import json
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
)

JSON_ADVICE = (
    'it is no JSON: lists and maps are JSON in one line, such as ["a", "b"] or'
    ' {"correctedLabel": "targetCategory"}'
)
_COMPLEX = ("dict_type", "list_type", "model_type", "model_attributes_type", "tuple_type")


class AnyTextEnv(EnvSettingsSource):
    """The environment. A map or list that is no JSON stays a text, which is then invalid."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        """Return what the JSON holds, or the text itself."""
        try:
            return super().decode_complex_value(field_name, field, value)
        except json.JSONDecodeError:
            return value


class _AnyTextDotEnv(DotEnvSettingsSource, AnyTextEnv):
    """The file `.env`, read likewise."""


def any_text_dotenv(
    settings_cls: type[BaseSettings], source: PydanticBaseSettingsSource
) -> PydanticBaseSettingsSource:
    """Return a source that reads the file of `source` likewise."""
    file = source.env_file if isinstance(source, DotEnvSettingsSource) else None
    return _AnyTextDotEnv(settings_cls, env_file=file)


def describe_fault(fault: ErrorDetails) -> str:
    """Return what is wrong with a value, without the value: it may be a secret."""
    if fault["type"] in _COMPLEX:
        return JSON_ADVICE
    return fault["msg"].removeprefix("Value error, ")
