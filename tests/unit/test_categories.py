"""Lists of classes: what is refused, how texts and files are read, and what another list means."""

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.categories import (
    CATEGORIES,
    LONGEST_NAME,
    check_categories,
    read_categories,
    require_categories,
    source_name,
    spell,
)
from pipeline.errors import OtherClasses
from tests._examples import examples

ROOT = Path(__file__).parents[2]
WRONG: dict[str, tuple[list[str], str]] = {
    "no class": ([], "there are 0 classes: 2 are needed"),
    "one class": (["cat"], "there are 1 classes: 2 are needed"),
    "256 classes": ([f"c{number}" for number in range(256)], "there are 256 classes: .* 255"),
    "an empty name": (["cat", "", "sun"], "a name is empty: take out"),
    "the same twice": (["cat", "sun", "cat"], "'cat' and 'cat' are the same class"),
    "the same but for case": (["Cat", "cat"], "'Cat' and 'cat' are the same class"),
    "the same but for a hyphen": (["t-shirt", "t shirt"], "are the same class"),
    "a slash": (["cat", "a/b"], "'a/b' cannot be a class: use letters"),
    "two dots": (["cat", ".."], "cannot be a class"),
    "a quotation mark": (["cat", 'a"b'], "cannot be a class"),
    "a line break": (["cat", "a\nb"], "cannot be a class"),
    "an outer space": (["cat", "sun "], "cannot be a class"),
    "an option": (["cat", "-rf"], "cannot be a class"),
    "markup": (["cat", "<b>"], "cannot be a class"),
    "no letter first": (["cat", "_sun"], "cannot be a class"),
    "a zero character": (["cat", "a\0"], "cannot be a class"),
    "a long name": (["cat", "x" * (LONGEST_NAME + 1)], "64 characters at most"),
}


@pytest.mark.parametrize(("names", "message"), WRONG.values(), ids=WRONG)
def test_a_list_that_cannot_be_used_is_refused_in_one_line(names: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message) as refused:
        check_categories(names)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("count", [2, 20, 50, 255])
def test_two_to_255_classes_are_a_list(count: int) -> None:
    names = tuple(f"class {number}" for number in range(count))
    assert check_categories(names) == names


@pytest.mark.parametrize(
    "name", ["The Eiffel Tower", "t-shirt", "smiley_face", "o'clock", "Äpfel", "кот", "2D"]
)
def test_names_of_quick_draw_and_of_other_languages_are_classes(name: str) -> None:
    assert check_categories([name, "sun"]) == (name, "sun")


def test_two_ways_to_write_an_accent_are_one_name() -> None:
    assert check_categories(["A\u0308pfel", "sun"]) == ("Äpfel", "sun")


def test_names_are_separated_by_commas_in_their_order() -> None:
    assert read_categories("sun, smiley face ,cat") == ("sun", "smiley face", "cat")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "with a byte order mark"])
def test_a_file_has_a_name_on_each_line(end: str, mark: str, tmp_path: Path) -> None:
    path = tmp_path / "classes.txt"
    lines = [f"{mark}# my game", "sun", "", "  The Mona Lisa ", "кот"]
    path.write_bytes(end.join(lines).encode())
    assert read_categories(str(path)) == ("sun", "The Mona Lisa", "кот")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"], ids=["missing", "not UTF-8"])
def test_a_file_that_cannot_be_read_is_named(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "classes.txt").write_bytes(content)
    with pytest.raises(
        ValueError, match=r"classes\.txt.* is neither names separated by commas nor"
    ):
        read_categories(str(tmp_path / "classes.txt"))


@pytest.mark.parametrize(
    ("category", "file"),
    [
        ("cat", "cat"),
        ("smiley_face", "smiley face"),
        ("The Eiffel Tower", "The Eiffel Tower"),
        ("the_eiffel_tower", "The Eiffel Tower"),
        ("t-shirt", "t-shirt"),
    ],
)
def test_a_class_has_the_file_that_quick_draw_gives_it(category: str, file: str) -> None:
    assert source_name(category) == file


def test_the_same_list_is_accepted() -> None:
    require_categories("x", list(CATEGORIES), CATEGORIES, "advice")


TWO, THREE, OTHER = ("a", "b"), ("a", "b", "c"), ("a", "c", "b")
DIFFERENCES = {
    "another number": (TWO, THREE, "2 classes (a, b), the settings say 3 classes (a, b, c)"),
    "another order": (
        THREE,
        OTHER,
        "3 classes (a, b, c), the settings say 3 classes (a, c, b): class 1 is b there and c here",
    ),
    "another name": (
        THREE,
        ("a", "b", "d"),
        "3 classes (a, b, c), the settings say 3 classes (a, b, d): class 2 is c there and d here",
    ),
}


@pytest.mark.parametrize(("found", "expected", "difference"), DIFFERENCES.values(), ids=DIFFERENCES)
def test_another_list_is_refused_by_name(
    found: tuple[str, ...], expected: tuple[str, ...], difference: str
) -> None:
    message = re.escape(f"the data set has {difference}; do this")
    with pytest.raises(OtherClasses, match=f"^{message}$"):
        require_categories("the data set", found, expected, "do this")


@settings(max_examples=examples(200))
@given(st.permutations(list(CATEGORIES)))
def test_only_the_same_order_is_the_same_list(names: list[str]) -> None:
    if tuple(names) == CATEGORIES:
        require_categories("x", names, CATEGORIES, "advice")
    else:
        with pytest.raises(OtherClasses):
            require_categories("x", names, CATEGORIES, "advice")


@settings(max_examples=examples(200))
@given(st.text(max_size=10))
def test_a_spelling_is_spelled_like_itself(text: str) -> None:
    assert spell(spell(text)) == spell(text)


def test_only_the_settings_know_the_default_list() -> None:
    """Every other module is told the classes, or counts them in an array."""
    command = ["git", "grep", "-lE", r"\bCATEGORIES\b|_20cat|50_?836"]
    found = subprocess.run(
        [*command, "--", "pipeline", "service", "workers"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    code = [file for file in found if file.endswith(".py")]
    assert code == ["pipeline/categories.py", "pipeline/settings.py"]
