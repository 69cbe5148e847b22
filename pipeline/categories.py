"""The classes that the model can guess. A label is an index into CATEGORIES. Another game edits this file alone."""

CATEGORIES: tuple[str, ...] = (
    "apple", "sun", "tree", "house", "car", "cat", "fish", "star", "umbrella", "flower",
    "moon", "airplane", "bicycle", "clock", "eye", "cup", "shoe", "cloud", "lightning", "smiley_face",
)  # fmt: skip

LABELS: dict[str, int] = {name: label for label, name in enumerate(CATEGORIES)}

SOURCE_NAMES: dict[str, str] = {"smiley_face": "smiley face"}
"""What Google's file of a class is called, where it is not called like the class."""


def source_name(category: str) -> str:
    """The name of a class's file at the source of raw drawings, without `.npy`."""
    return SOURCE_NAMES.get(category, category)
