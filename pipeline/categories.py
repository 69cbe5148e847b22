"""The classes that a model can guess: a list of names, in which a label is an index.

The list is a setting, `REDRAW_CATEGORIES`. A data set and a version say which list they were made
with. Only the settings use CATEGORIES; everything else is told the list, or takes its length from
an array.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from pipeline.errors import OtherClasses

CATEGORIES: tuple[str, ...] = (
    "apple", "sun", "tree", "house", "car", "cat", "fish", "star", "umbrella", "flower",
    "moon", "airplane", "bicycle", "clock", "eye", "cup", "shoe", "cloud", "lightning",
    "smiley_face",
)  # fmt: skip
"""The default of the setting: the classes of AI Pictionary."""

FEWEST, MOST = 2, 255
"""Numbers of classes. Labels are uint8, and 255 stands for a guess that is none of the classes."""
LONGEST_NAME = 64
"""Characters."""
NAMED = 3
"""Names that a message shows of a list."""

CAPITALISED = ("The Eiffel Tower", "The Great Wall of China", "The Mona Lisa")
"""The files of Quick, Draw! whose names have capitals; all other names are in small letters."""


def read_categories(text: str) -> tuple[str, ...]:
    """Return the names that the setting gives: those in the text, or those in a file.

    Args:
        text: names separated by commas; or, without a comma, the path of a UTF-8 file with a name
            on each line. Empty lines and lines that begin with # are ignored there.

    Raises:
        ValueError: the file cannot be read, or `check_categories` refuses the names.
    """
    if "," in text:
        return check_categories(name.strip() for name in text.split(","))
    try:
        lines = Path(text).read_text("utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise ValueError(
            f"{text!r} is neither names separated by commas nor a file with a name on each line"
            f" ({error})"
        ) from None
    stripped = (line.strip() for line in lines)
    return check_categories(name for name in stripped if name and not name.startswith("#"))


def check_categories(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names as a list of classes.

    Raises:
        ValueError: there are fewer than 2 or more than 255, two are alike but for case and
            separators, or one is empty, too long or has other characters than letters, digits,
            spaces, `_`, `-` and `'`.
    """
    categories = tuple(unicodedata.normalize("NFC", name) for name in names)
    spellings: dict[str, str] = {}
    for name in categories:
        if not name:
            raise ValueError("a name is empty: take out the comma too many")
        if not _is_name(name):
            raise ValueError(
                f"{name[:LONGEST_NAME]!r} cannot be a class: use letters, digits, spaces, _, - and"
                f" ', beginning with a letter or digit, {LONGEST_NAME} characters at most"
            )
        if spell(name) in spellings:
            other = spellings[spell(name)]
            raise ValueError(f"{other!r} and {name!r} are the same class: take out one of them")
        spellings[spell(name)] = name
    if not FEWEST <= len(categories) <= MOST:
        raise ValueError(
            f"there are {len(categories)} classes: {FEWEST} are needed, and {MOST} are the most"
            " that labels of one byte can tell apart"
        )
    return categories


def _is_name(name: str) -> bool:
    return (
        len(name) <= LONGEST_NAME
        and name[0].isalnum()
        and name == name.strip()
        and all(character.isalnum() or character in " _-'" for character in name)
    )


def spell(name: str) -> str:
    """Return a name without the differences that are not meant: case, outer spaces, separators.

    "Cat ", "smiley face" and "smiley-face" are spelled like the classes cat and smiley_face.
    """
    return re.sub("[ -]+", "_", name.strip().casefold())


def source_name(category: str) -> str:
    """Return the name of a class's file at the source of raw drawings, without `.npy`.

    Quick, Draw! separates words by spaces: `smiley_face` is its "smiley face".
    """
    name = category.replace("_", " ")
    capitals = {spell(other): other for other in CAPITALISED}
    return capitals.get(spell(name), name)


def require_categories(
    what: str, found: Sequence[str], expected: Sequence[str], advice: str
) -> None:
    """Raise OtherClasses if something was made with other classes, or in another order.

    Args:
        what: what was made, for the message.
        found: its classes.
        expected: those of the settings.
        advice: what to do about it.
    """
    if list(found) == list(expected):
        return
    message = f"{what} has {_describe(found)}, the settings say {_describe(expected)}"
    if len(found) == len(expected):
        label = next(label for label, name in enumerate(found) if name != expected[label])
        message += f": class {label} is {found[label]} there and {expected[label]} here"
    raise OtherClasses(f"{message}; {advice}")


def _describe(names: Sequence[str]) -> str:
    more = ", ..." if len(names) > NAMED else ""
    return f"{len(names)} classes ({', '.join(names[:NAMED])}{more})"
