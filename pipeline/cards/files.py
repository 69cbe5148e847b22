"""The files of a version that say what it is: its card for people, and its guesses."""

from pipeline.cards.gather import CardParts
from pipeline.pages.card import list_card_files
from pipeline.versions.contents import MakeFile
from pipeline.versions.guesses import GUESSES, dump_guesses


def list_describing_files(parts: CardParts) -> dict[str, MakeFile]:
    """Return the files by name; the same parts give the same bytes."""
    guesses = dump_guesses(parts.guesses)
    return {**list_card_files(parts.card, parts.pictures), GUESSES: lambda _: guesses}
