"""Show the settings of a process: each with its value and where that comes from; no secret."""

import json
import typing
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import SecretStr
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

from pipeline.logs.cleaning import clean_by
from pipeline.setting_groups import Group
from pipeline.settings import DEVELOPMENT_PLAYER_KEY, PREFIX, Settings
from pipeline.settings_reading import list_settings, read_settings

GENERAL = "General"


class Source(StrEnum):
    """Where the value of a setting comes from."""

    ENVIRONMENT = "environment"
    """A variable of the environment."""
    FILE = ".env"
    """The file `.env` in the folder where the process was started."""
    DEFAULT = "default"
    """It is not set: this is the default."""
    START = "at the start"
    """It was given when the process started; environment and `.env` say something else by now."""


class ShownSetting(NamedTuple):
    """A setting of a process.

    name: the environment variable. subject: of its group, in a few words. meaning: what it is for.
    value, default: for people; of a secret only whether it is set.
    """

    name: str
    subject: str
    meaning: str
    value: str
    default: str
    source: Source
    secret: bool

    @property
    def changed(self) -> bool:
        """Whether it has another value than the default."""
        return self.source is not Source.DEFAULT and self.value != self.default

    def holds(self, word: str) -> bool:
        """Return whether a word that is looked for is in its name or its meaning."""
        told = f"{self.name} {self.subject} {self.meaning}".casefold()
        return word.casefold().replace(" ", "_") in told or word.casefold() in told


def show_settings(settings: Settings) -> list[ShownSetting]:
    """Return all settings in their order: those of no group first.

    Args:
        settings: of this process. What it has read is shown, not what a new process would read.
    """
    clean = clean_by(settings)
    sources = _read_sources()
    fresh, _ = read_settings()
    fields = dict(list_settings())
    shown = []
    for subject, name, value, read_again in _list_values(settings, fresh):
        field = fields[name]
        secret = _is_secret(field.annotation)
        source = sources.get(name.lower(), Source.DEFAULT)
        if value != (field.default if source is Source.DEFAULT else read_again):
            source = Source.START
        shown.append(
            ShownSetting(
                name,
                subject,
                field.description or "",
                _describe_secret(value) if secret else clean(_describe(value)),
                _describe_secret(field.default) if secret else _describe(field.default),
                source,
                secret,
            )
        )
    return sorted(shown, key=lambda each: each.subject != GENERAL)


def _list_values(settings: Settings, fresh: Settings) -> list[tuple[str, str, Any, Any]]:
    """Return subject, variable, value here, and value in a process that would start now."""
    listed = []
    for name in Settings.model_fields:
        value, again = getattr(settings, name), getattr(fresh, name)
        if not isinstance(value, Group):
            listed.append((GENERAL, f"{PREFIX}{name}".upper(), value, again))
            continue
        subject = (type(value).__doc__ or name).partition("\n")[0].rstrip(".")
        listed += [
            (
                subject,
                f"{PREFIX}{name}_{inner}".upper(),
                getattr(value, inner),
                getattr(again, inner),
            )
            for inner in type(value).model_fields
        ]
    return listed


def _read_sources() -> dict[str, Source]:
    """Return where each variable that is set was found, by its name in small letters."""
    found: dict[str, Source] = {}
    try:
        file: Mapping[str, str | None] = DotEnvSettingsSource(Settings).env_vars
    except (OSError, UnicodeDecodeError):
        file = {}
    # The environment wins.
    for variables, source in (
        (file, Source.FILE),
        (EnvSettingsSource(Settings).env_vars, Source.ENVIRONMENT),
    ):
        for name, text in variables.items():
            found[name.lower()] = source
            for inner in _read_map(text):
                found[f"{name}_{inner}".lower()] = source
    return found


def _read_map(text: str | None) -> list[str]:
    """Return the names in a map: a whole group can be set by one variable in JSON."""
    if not text or not text.lstrip().startswith("{"):
        return []
    try:
        return list(json.loads(text))
    except ValueError:
        return []


def _is_secret(annotation: Any) -> bool:
    return annotation is SecretStr or any(map(_is_secret, typing.get_args(annotation)))


def _describe_secret(value: SecretStr | None) -> str:
    if value is None:
        return "not set"
    is_placeholder = value.get_secret_value() == DEVELOPMENT_PLAYER_KEY
    return "the placeholder for development" if is_placeholder else "set"


def _describe(value: Any) -> str:
    if value is None or value in ("", ()):
        return "not set"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return json.dumps(value) if isinstance(value, dict | list) else str(value)
