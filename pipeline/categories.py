"""The classes that the model can guess. Edit this file alone to use Redraw with another game.

A label is an index into CATEGORIES.
"""

CATEGORIES: tuple[str, ...] = (
    "apple", "sun", "tree", "house", "car", "cat", "fish", "star", "umbrella", "flower",
    "moon", "airplane", "bicycle", "clock", "eye", "cup", "shoe", "cloud", "lightning",
    "smiley_face",
)  # fmt: skip

LABELS: dict[str, int] = {name: label for label, name in enumerate(CATEGORIES)}

SOURCE_NAMES: dict[str, str] = {"smiley_face": "smiley face"}
"""The names of Google's files, for the classes whose file has another name than the class."""


def source_name(category: str) -> str:
    """Return the name of a class's file at the source of raw drawings, without `.npy`."""
    return SOURCE_NAMES.get(category, category)
