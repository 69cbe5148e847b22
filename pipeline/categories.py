"""The classes that the model can guess. A label is an index into CATEGORIES. Another game edits this file alone."""

CATEGORIES: tuple[str, ...] = (
    "apple", "sun", "tree", "house", "car", "cat", "fish", "star", "umbrella", "flower",
    "moon", "airplane", "bicycle", "clock", "eye", "cup", "shoe", "cloud", "lightning", "smiley_face",
)  # fmt: skip

LABELS: dict[str, int] = {name: label for label, name in enumerate(CATEGORIES)}
