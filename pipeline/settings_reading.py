"""Read the settings from the environment and `.env`, and name all that is wrong with them."""

from collections.abc import Iterator
from typing import Self

from pydantic import ValidationError, model_validator
from pydantic.fields import FieldInfo

from pipeline.errors import InvalidSettings
from pipeline.setting_groups import Group
from pipeline.setting_sources import describe_fault
from pipeline.settings import PREFIX, Settings


class _Unrelated(Settings):
    """Settings whose values are not compared with each other."""

    @model_validator(mode="after")
    def _refuse_conflicts(self) -> Self:
        return self


def load_settings(**overrides: object) -> Settings:
    """Return the settings of the environment and `.env`, with `overrides` on top.

    Raises:
        InvalidSettings: one line that names each invalid variable.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except (ValidationError, OSError, UnicodeDecodeError):
        _, problems = read_settings(**overrides)
        raise InvalidSettings(*problems) from None


def read_settings(**overrides: object) -> tuple[Settings, list[str]]:
    """Return the settings, with the defaults in place of invalid values, and what is wrong."""
    problems, defaults = [], {}
    try:
        settings = _Unrelated(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        for fault in error.errors():
            name = str(fault["loc"][0])
            problems.append(f"{_name_variable(fault['loc'])}{describe_fault(fault)}")
            defaults[name] = Settings.model_fields[name].get_default()
        settings = _Unrelated(**{**overrides, **defaults})
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text in UTF-8"
        problems.append(f".env cannot be read ({reason}): correct or remove the file")
        settings = _Unrelated(**{"_env_file": None, **overrides})  # type: ignore[arg-type]
    return settings, [*problems, *settings.find_conflicts()]


def list_settings() -> Iterator[tuple[str, FieldInfo]]:
    """Yield every setting with the name of its environment variable, in order."""
    for name, field in Settings.model_fields.items():
        group = field.annotation
        if isinstance(group, type) and issubclass(group, Group):
            for inner, inner_field in group.model_fields.items():
                yield f"{PREFIX}{name}_{inner}".upper(), inner_field
        else:
            yield f"{PREFIX}{name}".upper(), field


def _name_variable(location: tuple[int | str, ...]) -> str:
    """Return "REDRAW_GATE_MARGIN: " for ("gate", "margin"), "" for an error of a whole group."""
    name, *inner = location
    group = isinstance(Settings.model_fields[str(name)].default, Group)
    if group and not inner:
        return ""
    return f"{PREFIX}{'_'.join(map(str, [name, *inner[:1]] if group else [name])).upper()}: "
