"""The pages name only settings, dependencies, commands, files and links that exist."""

import ast
import re
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from pipeline.settings import Settings
from pipeline.settings_reading import list_settings
from service.cli.main import commands

ROOT = Path(__file__).parents[3]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
GOOGLE_VARIABLES = {
    "GOOGLE_APPLICATION_CREDENTIALS",
    "FIRESTORE_EMULATOR_HOST",
    "STORAGE_EMULATOR_HOST",
    "FIREBASE_AUTH_EMULATOR_HOST",
}

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def text_of(default: object) -> str:
    if default is None:
        return ""
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    if isinstance(default, tuple):
        return ",".join(default)
    return f"{default:g}" if isinstance(default, float) else str(default)


SETTINGS = {name: (text_of(field.default), field.description) for name, field in list_settings()}


def prose(page: Path) -> str:
    """A page with its line breaks taken away, as a name of several words may be broken there."""
    return re.sub(r"\s+", " ", page.read_text())


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, (_, meaning) in SETTINGS.items() if not meaning] == []


def test_the_table_of_settings_is_that_of_the_code() -> None:
    rows = re.findall(
        r"^\| `(REDRAW_\w+)` \| (.+?) \| (.+) \|$",
        (ROOT / "docs/configuration.md").read_text(),
        re.MULTILINE,
    )
    expected = [
        (name, f"`{default}`" if default else "unset", meaning)
        for name, (default, meaning) in SETTINGS.items()
    ]
    assert rows == expected


def test_the_example_of_an_environment_lists_every_setting_with_its_default() -> None:
    example = (ROOT / ".env.example").read_text()
    listed = re.findall(r"^# (.+)\n#(REDRAW_\w+)=(.*)$", example, re.MULTILINE)
    assert {name: (default, meaning) for meaning, name, default in listed} == SETTINGS
    assert len(listed) == len(SETTINGS)
    assert len(listed) == example.count("#REDRAW_")


def test_the_example_of_an_environment_changes_nothing_until_somebody_edits_it() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == []


def test_the_defaults_of_the_example_are_valid_and_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    written = re.findall(r"^#(REDRAW_\w+=.+)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    file = tmp_path / "env"
    file.write_text("\n".join(written))
    assert Settings(_env_file=file) == Settings(_env_file=None)  # type: ignore[call-arg]


@pytest.mark.parametrize("place", ["docs/configuration.md", ".env.example"])
def test_google_s_variables_are_explained(place: str) -> None:
    named = set(re.findall(r"\b(?:GOOGLE|FIRE\w+|STORAGE)_\w+", (ROOT / place).read_text()))
    assert named == GOOGLE_VARIABLES


@each_page
def test_a_page_names_no_setting_that_does_not_exist(page: Path) -> None:
    assert set(re.findall(r"\bREDRAW_[A-Z_]*[A-Z]\b", page.read_text())) <= set(SETTINGS)


@each_page
def test_a_page_names_no_command_that_does_not_exist(page: Path) -> None:
    missing = re.compile(
        r"## What it cannot do yet.*", re.DOTALL
    )  # that chapter names what is still to come
    text = missing.sub("", page.read_text())
    used = re.findall(r"(?:`|\.venv/bin/)redraw ([a-z]+)", text)
    assert set(used) <= set(commands.commands)


def test_the_architecture_lists_every_command() -> None:
    (listed,) = re.findall(r"`redraw ((?:\w+ \| )+\w+)`", prose(ROOT / "docs/architecture.md"))
    assert set(listed.split(" | ")) == set(commands.commands)


@each_page
def test_a_page_names_no_make_target_that_does_not_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", page.read_text(), re.MULTILINE)) <= targets


@each_page
def test_a_page_names_no_file_of_the_code_that_does_not_exist(page: Path) -> None:
    named = set(
        re.findall(
            r"\b(?:pipeline|workers|service|emulator|tests|docs)/[\w/.-]+\.\w+", page.read_text()
        )
    )
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def render_folder(folder: Path, depth: int) -> Iterator[str]:
    """Yield the lines of one folder: its docstring's first line, its modules, its subfolders."""
    indent = "  " * depth
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text())) or ""
    yield f"{indent}{folder.name}/  {docstring.splitlines()[0]}"
    modules = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("__"))
    if modules:
        yield from textwrap.wrap(
            " ".join(modules),
            width=98,
            initial_indent=f"{indent}    ",
            subsequent_indent=f"{indent}    ",
        )
    for inner in sorted(path.parent for path in folder.glob("*/__init__.py")):
        yield from render_folder(inner, depth + 1)


def test_the_tree_in_the_architecture_is_that_of_the_code() -> None:
    (tree,) = re.findall(
        r"## The house\n.*?```\n(.*?)\n```", (ROOT / "docs/architecture.md").read_text(), re.DOTALL
    )
    expected = [
        line
        for name in ("pipeline", "workers", "service")
        for line in render_folder(ROOT / name, 0)
    ]
    assert tree.splitlines() == expected, "paste this:\n" + "\n".join(expected)


@each_page
def test_a_link_within_the_project_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text())
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


@each_page
def test_a_page_names_no_folder_of_one_machine(page: Path) -> None:
    assert re.findall(r"(?:\.\./shared|/home/|/root/|/work/)\S*", page.read_text()) == []


def test_every_dependency_has_its_paragraph_and_no_other_has() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for extra in extras for line in extra)]
    wanted = {re.match(r"[a-z0-9-]+", line).group() for line in lines}  # type: ignore[union-attr]
    wanted.remove(project["name"])  # one extra names another one
    page = (ROOT / "docs/decisions/dependencies.md").read_text()
    told = dict(re.findall(r"^### (\S+)\n\n(\w.+)$", page, re.MULTILINE))
    assert set(told) == wanted
    assert page.count("\n### ") == len(told)


def test_every_decision_has_question_choice_and_consequences() -> None:
    records = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    for record in records:
        assert re.findall(r"^\*\*(.+?)\.\*\*", record.read_text(), re.MULTILINE) == [
            "Question",
            "Choice",
            "What follows",
            "Instead",
        ], record.name


def test_every_command_says_what_it_does() -> None:
    assert [name for name, command in commands.commands.items() if not command.help] == []
