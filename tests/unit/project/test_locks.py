"""The image installs requirements-run.lock: what Redraw imports is in it, and no tool is."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
OURS = ("pipeline", "workers", "service", "emulator")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def normalize(name: str) -> str:
    """The name of a distribution as PEP 503 compares it, without extras and versions."""
    match = re.match(r"[A-Za-z0-9._-]+", name)
    assert match, name
    return re.sub(r"[-_.]+", "-", match[0]).lower()


def read_lock(name: str) -> dict[tuple[str, str], frozenset[str]]:
    """The digests of each pinned version in a lock file."""
    blocks = re.split(r"\n(?=\S)", (ROOT / name).read_text())
    return {
        (normalize(found[1]), found[2]): frozenset(re.findall(r"sha256:[0-9a-f]{64}", block))
        for block in blocks
        if (found := re.match(r"([\w.-]+)==([^\s;\\]+)", block))
    }


RUN, ALL = read_lock("requirements-run.lock"), read_lock("requirements.lock")
RUN_NAMES = {name for name, _ in RUN}


def optional_imports(tree: ast.AST) -> set[ast.stmt]:
    """The imports that a module does without where they fail: `try: import ...` alone."""
    return {
        node.body[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Try)
        and len(node.body) == 1
        and [ast.unparse(each.type) for each in node.handlers if each.type] == ["ImportError"]
    }


def imported_by(package: str) -> set[str]:
    """The outermost names of the modules that a package of ours imports and needs."""
    names = set()
    for file in (ROOT / package).rglob("*.py"):
        tree = ast.parse(file.read_text())
        without = optional_imports(tree)
        for node in ast.walk(tree):
            if node in without:
                continue
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names - set(sys.stdlib_module_names) - set(OURS)


def test_what_is_installed_in_the_image_is_what_is_tested() -> None:
    assert RUN
    assert {pin: ALL.get(pin) for pin in RUN} == RUN
    assert all(RUN.values())


@pytest.mark.parametrize("tool", PROJECT["optional-dependencies"]["dev"])
def test_no_tool_for_development_is_in_the_image(tool: str) -> None:
    assert normalize(tool) not in RUN_NAMES


@pytest.mark.parametrize("dependency", PROJECT["dependencies"])
def test_every_dependency_is_in_the_image(dependency: str) -> None:
    assert normalize(dependency) in RUN_NAMES


@pytest.mark.parametrize("package", OURS)
def test_whatever_is_imported_is_in_the_image(package: str) -> None:
    providers = packages_distributions()
    for module in sorted(imported_by(package)):
        found = {normalize(name) for name in providers[module]}
        assert found & RUN_NAMES, f"{module}, from {found}"
