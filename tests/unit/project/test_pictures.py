"""The pictures of the explanations are what the code draws, and can be read in light and dark."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from docs_site.pictures.all import PICTURES
from tests.unit.project._pages import DOCS

FOLDER = DOCS / "pictures"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def test_every_picture_is_one_that_the_code_draws() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(PICTURES)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_the_code_draws_now(name: str) -> None:
    drawn, stored = PICTURES[name](), (FOLDER / f"{name}.svg").read_text()
    message = "run python -m docs_site.pictures"
    assert NUMBER.sub("", drawn) == NUMBER.sub("", stored), message
    # Places are rounded to a tenth, and processors may round otherwise.
    pairs = zip(NUMBER.findall(drawn), NUMBER.findall(stored), strict=True)
    assert all(abs(float(new) - float(old)) < 0.25 for new, old in pairs), message


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.stem)
def test_a_picture_names_itself_and_knows_dark_and_loads_nothing(path: Path) -> None:
    text = path.read_text()
    root = ET.fromstring(text)
    told = [root.find(f"{{http://www.w3.org/2000/svg}}{name}") for name in ("title", "desc")]
    assert all(each is not None and each.text for each in told)
    assert "prefers-color-scheme: dark" in text
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)|href|url\(", text) == []
