"""The rules that the embedded server ships, and those for other classes."""

import re

import pytest

from emulator.rules import RULES, WIDTH, render_rules
from pipeline.categories import CATEGORIES


def labels_in(rules: str) -> list[str]:
    (listed,) = re.findall(r"label in \[(.*?)\];", rules, re.DOTALL)
    names = re.findall(r"'((?:[^'\\]|\\')*)'", listed)
    return [name.replace("\\'", "'") for name in names]


def test_the_rules_that_are_kept_are_those_for_the_default_classes() -> None:
    assert render_rules(CATEGORIES) == RULES.read_text()
    assert labels_in(RULES.read_text()) == list(CATEGORIES)


@pytest.mark.parametrize(
    "names",
    [
        ("horse", "unicorn"),
        ("The Eiffel Tower", "t-shirt", "smiley face"),
        ("o'clock", "Äpfel", "кот"),
        tuple(f"class {number}" for number in range(255)),
    ],
    ids=["two", "spaces and capitals", "an apostrophe and other alphabets", "255"],
)
def test_the_rules_for_other_classes_differ_in_the_labels_alone(names: tuple[str, ...]) -> None:
    rules = render_rules(names)
    assert labels_in(rules) == list(names)
    assert max(map(len, rules.splitlines())) <= max(
        WIDTH, *map(len, RULES.read_text().splitlines())
    )
    plain = re.compile(r"label in \[.*?\];", re.DOTALL)
    assert plain.sub("", rules) == plain.sub("", RULES.read_text())
