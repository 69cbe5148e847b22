"""The files that contributors and reporters meet first: one version, forms that work, make help."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from pipeline.own_version import find_version
from service.cli.main import commands

ROOT = Path(__file__).parents[3]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def test_the_version_of_redraw_is_that_of_the_project_file() -> None:
    assert find_version() == VERSION, "install again: make"
    assert CliRunner().invoke(commands, ["--version"]).output == f"redraw {VERSION}\n"


def test_the_changes_begin_with_those_that_are_not_released() -> None:
    heads = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert heads[0] == "Unreleased"
    for head in heads[1:]:
        assert re.fullmatch(r"\d+\.\d+\.\d+, \d{4}-\d\d-\d\d", head), head


@pytest.mark.parametrize("form", FORMS, ids=lambda path: path.stem)
def test_a_form_for_issues_has_what_its_page_needs(form: Path) -> None:
    fields = yaml.safe_load(form.read_text())
    if form.stem == "config":
        assert fields == {"blank_issues_enabled": True}
        return
    assert {"name", "description", "body"} <= set(fields)
    asked = [each for each in fields["body"] if each["type"] != "markdown"]
    assert asked
    assert len({each["id"] for each in asked}) == len(asked)
    for each in asked:
        assert each["type"] in {"input", "textarea", "dropdown", "checkboxes"}
        assert each["attributes"]["label"]
        assert (each["type"] == "dropdown") == ("options" in each["attributes"])


def test_each_hook_calls_a_target_of_make() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    called = [each["entry"].split()[-1] for each in hooks]
    assert set(called) <= TARGETS
    assert {"format", "lint", "types", "imports"} == set(called)


def test_make_help_lists_each_target_that_says_what_it_does() -> None:
    told = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    printed = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert set(re.findall(r"^  ([a-z-]+) ", printed, re.MULTILINE)) == told
    assert {"demo", "test", "check", "lock", "help"} <= told
