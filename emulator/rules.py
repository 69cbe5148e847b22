"""Firestore's security rules for a game's classes, made from those for the default ones."""

import re
from collections.abc import Sequence
from pathlib import Path

RULES = Path(__file__).with_name("firestore.rules")
"""The rules for the default classes."""
WIDTH = 118
"""Characters of a line with names."""

_LIST = re.compile(r"^( *return label in \[)[^\]]*\];", re.MULTILINE)


def render_rules(categories: Sequence[str]) -> str:
    """Return the rules with these classes as the labels that a correction may have."""
    template = RULES.read_text()
    start = _LIST.search(template)
    if start is None:  # the file was edited by hand
        raise ValueError(f"{RULES} has no line with `return label in [...]`")
    lines = [start[1]]
    quoted = ["'{}'".format(name.replace("'", "\\'")) for name in categories]
    for number, name in enumerate(quoted, start=1):
        word = f"{name}{',' if number < len(quoted) else '];'}"
        if len(lines[-1]) + len(word) > WIDTH:
            lines.append(" " * (len(start[1]) - 1))
        lines[-1] += word if lines[-1] == start[1] else f" {word}"
    return template[: start.start()] + "\n".join(lines) + template[start.end() :]
