"""What is known of each kind of object in Storage: path, writer, deletion, player data."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache


class Writer(StrEnum):
    """Who creates an object."""

    GAME = "game"
    BASELINE = "baseline"
    RUN = "run"


class Deletion(StrEnum):
    """When an object may be deleted without harm."""

    NEVER = "never"
    """The data set cannot be rebuilt without it."""
    REBUILT = "rebuilt"
    """At any time: it is rebuilt when it is next needed."""
    AFTER_RUN = "after_run"
    """When its run has ended."""
    WITH_VERSION = "with_version"
    """When its version is withdrawn, and no ready one is rebuilt from it."""
    OWNER = "owner"
    """When its owner says so: it belongs to the game, or is kept for the owner alone."""
    BY_FORGETTING = "by_forgetting"
    """By a run that forgets a player, at its end; a later one finishes what it has left."""


@cache
def _compile(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]*\}", template)
    return re.compile("[^/]+".join(map(re.escape, parts)))


@dataclass(frozen=True)
class StoragePath:
    """One kind of object. `template` names what varies in braces, as in `runs/{run_id}/fit.npz`."""

    template: str
    writer: Writer
    deletion: Deletion
    player_data: bool
    """Whether it holds something about players: drawings, hashed ids, ids of corrections."""
    meaning: str

    def fill(self, **names: object) -> str:
        """Return the path with these names in place of the braces."""
        return self.template.format(**names)

    def matches(self, path: str) -> bool:
        """Return whether `path` is of this kind."""
        return _compile(self.template).fullmatch(path) is not None
