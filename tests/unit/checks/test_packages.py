"""`redraw doctor` says whether Python and its packages are those that Redraw needs."""

import sys
import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from service.checks import packages
from service.checks.packages import check_python, find_wrong_packages, read_lock

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def problems(root: Path = ROOT) -> list[str]:
    return [each.problem for each in check_python(root) if each.problem]


def test_a_package_that_is_missing_or_too_old_is_named() -> None:
    needed = ["no-such-package>=1", "numpy>=999", "click>=1"]
    missing, old = find_wrong_packages(needed)
    assert missing == "no-such-package is missing"
    assert old.startswith("numpy is ")


def test_what_is_for_another_system_or_an_extra_does_not_count() -> None:
    markers = ["x; sys_platform == 'other'", 'y; extra == "baseline"', "z; python_version < '3'"]
    assert find_wrong_packages(markers) == []


def test_what_only_installs_may_be_left_out_of_an_image() -> None:
    assert find_wrong_packages(["setuptools>=999"]) == []


def test_a_python_that_is_too_old_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 2, "final", 0))
    assert any("3.11 to 3.13" in problem for problem in problems())


def test_the_versions_of_python_are_those_of_the_project() -> None:
    oldest, beyond = (".".join(map(str, each)) for each in (packages.OLDEST, packages.BEYOND))
    assert PROJECT["requires-python"] == f">={oldest},<{beyond}"


def test_copied_code_is_compared_with_its_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lack(_name: str) -> list[str]:
        raise PackageNotFoundError

    monkeypatch.setattr(packages, "requires", lack)
    (tmp_path / "requirements-run.lock").write_text(
        "no-such-package==1 \\\n    --hash=sha256:00\nclick==0.1 \\\n    --hash=sha256:00\n"
    )
    (problem,) = problems(tmp_path)
    assert problem.startswith("no-such-package is missing: install")


def test_each_line_of_the_lock_is_read() -> None:
    read = read_lock(ROOT / "requirements-run.lock")
    lines = (ROOT / "requirements-run.lock").read_text().splitlines()
    assert len(read) == sum("==" in line and not line.startswith((" ", "#")) for line in lines)
    assert find_wrong_packages(read) is not None  # each can be parsed
