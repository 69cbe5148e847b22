"""Templates escape every value, refuse a missing name, and belong to the installed package."""

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from pipeline.pages.rendering import _ENVIRONMENT, render_template

REPOSITORY = Path(__file__).parents[3]
TEMPLATES = REPOSITORY / "pipeline" / "pages" / "templates"


def render_text(source: str, **context: object) -> str:
    return _ENVIRONMENT.from_string(source).render(context)


def test_values_are_escaped_also_within_attributes_and_macros() -> None:
    source = (
        '{% from "macros.html.jinja" import bar %}<i title="{{ text }}">{{ text }}</i>'
        "{{ bar(0.5, text) }}"
    )
    page = render_text(source, text="<b>\"&'")
    assert page.count("&lt;b&gt;&#34;&amp;&#39;") == 3
    assert "<b>" not in page


def test_markup_is_kept() -> None:
    assert render_text("{{ text }}", text=Markup("<b>")) == "<b>"


def test_a_name_that_the_context_lacks_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="'decisions_expected' is undefined"):
        render_template("sheet.html.jinja", count=1)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ 0.968 | percent }}", "96.8%"),
        ("{{ 0.968 | percent(0) }}", "97%"),
        ("{{ 0.01 | points }}", "1 point"),
        ("{{ 12345 | number }}", "12,345"),
        ("{{ 'smiley_face' | category }}", "smiley face"),
    ],
)
def test_filters_format_numbers_and_names(source: str, text: str) -> None:
    assert render_text(source) == text


def test_every_template_is_part_of_the_package() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["pipeline.pages"]
    names = [path.relative_to(TEMPLATES.parent).as_posix() for path in TEMPLATES.rglob("*.*")]
    assert len(names) == 6
    assert [name for name in names if not any(fnmatch(name, pattern) for pattern in patterns)] == []


def test_no_value_is_marked_as_safe_in_a_template() -> None:
    assert [
        path.name
        for path in TEMPLATES.glob("*.jinja")
        if re.search(r"\|\s*safe\b|autoescape|Markup", path.read_text())
    ] == []
