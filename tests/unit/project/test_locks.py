"""The images install two locks: what their processes import is in them, and no tool is.

requirements-run.lock is for service, worker and beat; requirements-baseline.lock adds TensorFlow.
"""

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


ALL, RUN, BASELINE = (read_lock(f"requirements{name}.lock") for name in ("", "-run", "-baseline"))
NAMES = {"run": {name for name, _ in RUN}, "baseline": {name for name, _ in BASELINE}}
EXTRAS = PROJECT["optional-dependencies"]
TRAINS = {normalize(line) for line in EXTRAS["baseline"]}

each_image = pytest.mark.parametrize("image", NAMES)


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


@pytest.mark.parametrize("lock", [RUN, BASELINE], ids=list(NAMES))
def test_what_is_installed_in_an_image_is_what_is_tested(
    lock: dict[tuple[str, str], frozenset[str]],
) -> None:
    assert lock
    assert {pin: ALL.get(pin) for pin in lock} == lock
    assert all(lock.values())


@each_image
def test_no_tool_for_development_is_in_an_image(image: str) -> None:
    tools = {normalize(line) for line in EXTRAS["dev"]} - {PROJECT["name"]}
    assert tools & NAMES[image] == set()


@each_image
def test_every_dependency_is_in_an_image(image: str) -> None:
    assert {normalize(line) for line in PROJECT["dependencies"]} - NAMES[image] == set()


def test_tensorflow_is_in_the_image_that_trains_and_not_in_the_small_one() -> None:
    assert NAMES["baseline"] >= TRAINS
    assert {name for name in NAMES["run"] if re.search("tensor|keras", name)} == set()
    assert set(RUN) < set(BASELINE)


def test_development_has_what_the_image_that_trains_has() -> None:
    assert f"{PROJECT['name']}[baseline]" in EXTRAS["dev"]


@pytest.mark.parametrize("package", OURS)
def test_whatever_is_imported_is_in_the_image_that_trains(package: str) -> None:
    providers = packages_distributions()
    for module in sorted(imported_by(package)):
        found = {normalize(name) for name in providers[module]}
        assert found & NAMES["baseline"], f"{module}, from {found}"


@pytest.mark.parametrize("package", OURS)
def test_whatever_is_imported_but_keras_is_in_the_small_image(package: str) -> None:
    providers = packages_distributions()
    for module in sorted(imported_by(package) - {"keras", "tensorflow"}):
        found = {normalize(name) for name in providers[module]}
        assert found & NAMES["run"], f"{module}, from {found}"
