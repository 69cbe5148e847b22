"""Remove secrets and persons from a text before it is written to the log.

No code logs them on purpose. But a message of a library may hold the address of Redis with its
password, and one of Firestore the path of a document, whose id may be a player's.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from pydantic import BaseModel, SecretStr

from pipeline.logs.context import name_correction
from pipeline.settings import DEVELOPMENT_PLAYER_KEY, Settings

HIDDEN = "***"
SHORTEST_SECRET = 4
"""Characters; to hide shorter texts would make every line unreadable."""
SHORTEST_PATH = 8
LONGEST_KEY_FILE = 10_000

_SECRET_FORMS = (
    # Headers with credentials, however their names and values are quoted.
    (
        re.compile(
            r"(?i)\b((?:proxy-)?authorization|x-api-key|x-firebase-appcheck|cookie)"
            r"(['\"]?\s*[:=,]\s*b?['\"]?)((?:bearer|basic)\s+)?[^\s'\",;)}\]]+"
        ),
        rf"\1\2\3{HIDDEN}",
    ),
    (re.compile(r"(?i)\b(bearer)\s+[\w.~+/=-]{16,}"), rf"\1 {HIDDEN}"),
    # ID tokens and other signed ones.
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+(?:\.[\w-]*)?"), HIDDEN),
    (
        re.compile(r"-----BEGIN [^-]*PRIVATE KEY-----.*?(?:-----END [^-]*-----|$)", re.DOTALL),
        HIDDEN,
    ),
    (re.compile(r"\bwhsec_[\w+/=-]+"), HIDDEN),
    # The user and password of an address.
    (re.compile(r"(\w://)[^/\s@'\"]*@"), rf"\1{HIDDEN}@"),
)
_PERSONS = (
    # What pydantic quotes of a document that it cannot read.
    (re.compile(r"input_value=.*?, input_type=", re.DOTALL), f"input_value={HIDDEN}, input_type="),
    (re.compile(r"(/players/)[^/\s'\"?,]+"), rf"\1{HIDDEN}"),
    # E-mail addresses; the names of Celery's nodes look like some.
    (
        re.compile(
            r"(?<![\w.+-])(?!(?:celery|gen\d+|worker(?:-\d+)?)@)[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
        ),
        f"{HIDDEN}@{HIDDEN}",
    ),
)


class Cleaning:
    """What is removed from every text of the log.

    Args:
        secrets: texts that must not be seen.
        folders: folders and collections, with a slash at the end, whose members are named by
            `name_correction`.
    """

    def __init__(self, secrets: Iterable[str] = (), folders: Iterable[str] = ()) -> None:
        longest_first = sorted(set(secrets), key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        names = "|".join(re.escape(folder) for folder in folders)
        self._members = re.compile(
            rf"(?<![\w-])({names})([^\s'\",;:)\]]*[^\s'\",;:)\].])" if names else r"(?!)"
        )

    def __call__(self, text: str) -> str:
        """Return the text without secrets and persons."""
        text = self._secrets.sub(HIDDEN, text)
        for pattern, replacement in _SECRET_FORMS + _PERSONS:
            text = pattern.sub(replacement, text)
        return self._members.sub(lambda found: found[1] + name_correction(found[2]), text)


def clean_by(settings: Settings) -> Cleaning:
    """Return what is removed for these settings: their secrets, and names below their folders."""
    texts = {form for secret in list_secrets(settings) for form in _spell(secret)}
    game = settings.game
    return Cleaning(
        (text for text in texts if len(text) >= SHORTEST_SECRET),
        (f"{game.collection}/", game.folder),
    )


def list_secrets(settings: BaseModel) -> Iterator[str]:
    """Yield the secret values of settings: of secret fields, in files, and in addresses."""
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            yield from list_secrets(value)
        elif isinstance(value, SecretStr):
            text = value.get_secret_value()
            if text != DEVELOPMENT_PLAYER_KEY:
                yield text
                yield from _read_key_file(text)
                yield from _find_path(text)
        elif isinstance(value, str) and "://" in value:
            yield from _find_password(value)


def _read_key_file(text: str) -> Iterator[str]:
    """Yield what a file holds, if a secret is the path of one."""
    try:
        path = Path(text)
        if path.is_file() and path.stat().st_size <= LONGEST_KEY_FILE:
            yield path.read_text().strip()
    except (OSError, ValueError):
        return


def _find_password(address: str) -> Iterator[str]:
    try:
        password = urlsplit(address).password
    except ValueError:
        return
    if password:
        yield password


def _find_path(text: str) -> Iterator[str]:
    """Yield the path of a secret address with its query: services put their secrets there."""
    host, _, path = text.partition("://")[2].partition("/")
    if host and len(path) >= SHORTEST_PATH:
        yield f"/{path}"


def _spell(secret: str) -> Iterator[str]:
    """Yield a secret as it is, in an address, and as Python shows it."""
    yield from (secret, unquote(secret), quote(secret, safe=""), repr(secret)[1:-1])
