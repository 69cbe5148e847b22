"""What a backup holds: the collections and the folders of Storage, by the lists of what is ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.firestore_collections import ALL_COLLECTIONS, CORRECTIONS
from pipeline.setting_groups import GameSettings
from pipeline.storage_paths import OWN_FOLDERS


class Omission(StrEnum):
    """What may be left out of a backup, since it is the game's."""

    CORRECTIONS = "corrections"
    CANVASES = "canvases"


@dataclass(frozen=True)
class Scope:
    """The collections at the root of Firestore, and the folders of Storage, each in its order.

    collections: in the order in which a restore writes them.
    folders: sorted; none lies in another one.
    """

    collections: tuple[str, ...]
    folders: tuple[str, ...]


def choose_scope(
    game: GameSettings,
    without: Sequence[Omission] = (),
    also_collections: Sequence[str] = (),
    also_folders: Sequence[str] = (),
) -> Scope:
    """Return what a backup holds: all that a project needs to stand again, and what is asked for.

    Args:
        game: how the game calls its collection and its folder.
        without: what is left out.
        also_collections: more collections of the game; they are restored before ours.
        also_folders: more folders of the game, with a slash at the end.
    """
    ours = [game.collection if each is CORRECTIONS else each.name for each in ALL_COLLECTIONS]
    if Omission.CORRECTIONS in without:
        ours.remove(game.collection)
    folders = [*OWN_FOLDERS, *also_folders]
    if Omission.CANVASES not in without:
        folders.append(game.folder)
    return Scope(
        tuple(dict.fromkeys([*(each for each in also_collections if each not in ours), *ours])),
        _drop_inner(folders),
    )


def _drop_inner(folders: Sequence[str]) -> tuple[str, ...]:
    """Return folders in order, without those that lie in another one of them."""
    kept: list[str] = []
    for folder in sorted(set(folders)):
        if not (kept and folder.startswith(kept[-1])):
            kept.append(folder)
    return tuple(kept)
