"""Find the metrics and labels in PromQL: in what this project writes, not in all there is."""

import re
from collections.abc import Iterator

_METRIC = re.compile(r"\b((?:redraw|process)_\w+|up)\b(?:\{([^}]*)\})?")
_GROUPING = re.compile(r"\b(?:by|on|without|ignoring|group_left|group_right) ?\(([^)]*)\)")
_MATCHER = re.compile(r'(\w+) ?(?:=~|!~|!=|=) ?"')


def strip_groupings(expression: str) -> str:
    """Return the expression without the lists of labels, as some labels look like metrics."""
    return _GROUPING.sub("", expression)


def find_selectors(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Yield each metric that an expression names, with the labels that it matches."""
    for name, matchers in _METRIC.findall(strip_groupings(expression)):
        yield name, set(_MATCHER.findall(matchers))


def find_groupings(expression: str) -> set[str]:
    """Return the labels that an expression groups or joins by."""
    return {
        label.strip()
        for labels in _GROUPING.findall(expression)
        for label in labels.split(",")
        if label.strip()
    }


def find_templates(text: str) -> set[str]:
    """Return the labels in texts like `{{version}}` and `{{ $labels.version }}`."""
    return set(re.findall(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}", text)) - {"value"}
