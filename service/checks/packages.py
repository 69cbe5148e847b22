"""The check of Python: its version, and the packages that this Redraw needs."""

import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from service.checks.check import Finding

ROOT = Path(__file__).resolve().parents[2]
LOCK = "requirements-run.lock"
OLDEST, BEYOND = (3, 11), (3, 14)
"""The versions of Python that Redraw runs on, as pyproject.toml says; a test compares."""
INSTALLING = "setuptools"
"""It installs Redraw, and nothing that runs imports it: the images leave it out."""
NAMED = 5
"""Packages that a finding names."""


def check_python(root: Path = ROOT) -> Iterator[Finding]:
    """Yield whether Python and its packages are those that Redraw needs.

    Args:
        root: the folder with the lock.
    """
    number = ".".join(map(str, sys.version_info[:3]))
    problem = None
    if not OLDEST <= sys.version_info[:2] < BEYOND:
        problem = "Redraw runs on Python 3.11 to 3.13: make its environment with one of these"
    yield Finding(f"Python {number}", problem)
    yield from _check_packages(root)


def find_wrong_packages(needed: list[str]) -> list[str]:
    """Return which of the needed packages are missing or of a wrong version, in words.

    Args:
        needed: lines as in pyproject.toml; those whose marker does not fit here do not count.
    """
    wrong = []
    for line in needed:
        requirement = Requirement(line)
        if requirement.name == INSTALLING:
            continue
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            present = version(requirement.name)
        except PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(present, prereleases=True):
            wrong.append(f"{requirement.name} is {present}, not {requirement.specifier}")
    return wrong


def read_lock(path: Path) -> list[str]:
    """Return the requirements in a lock; none where there is no lock."""
    try:
        text = path.read_text()
    except OSError:
        return []
    return re.findall(r"^([\w.\[\]-]+==[^\\\n]+?) *\\?$", text, re.MULTILINE)


def _check_packages(root: Path) -> Iterator[Finding]:
    try:
        needed = requires("redraw") or []
    except PackageNotFoundError:  # the code was copied, as into an image
        needed = []
    try:
        wrong = find_wrong_packages(needed)
        differing = find_wrong_packages(read_lock(root / LOCK))
    except InvalidRequirement as error:
        yield Finding("packages", unknown=f"what is needed cannot be read ({error})")
        return
    # Without Redraw's own metadata the lock is all there is to go by.
    wrong += [] if needed else [each for each in differing if each.endswith("is missing")]
    if wrong:
        yield Finding(
            "packages", f"{_name(wrong)}: install them again (`pip install -r {LOCK}`, or `make`)"
        )
    elif differing:
        yield Finding(f"packages: all are there; {_name(differing)} as {LOCK} has it")
    else:
        yield Finding("packages: all are there")


def _name(wrong: list[str]) -> str:
    more = len(wrong) - NAMED
    return "; ".join(wrong[:NAMED]) + (f", and {more} more" if more > 0 else "")
