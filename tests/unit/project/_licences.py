"""The licences of what the images hold, as the packages themselves name them."""

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parents[3]
IMAGES = {"redraw": "requirements-run.lock", "redraw-baseline": "requirements-baseline.lock"}
LONGEST = 60
"""Characters: some packages put the whole text where others have a name."""


def read_pins(lock: str) -> dict[str, str]:
    """The version of each package in a lock file."""
    text = (ROOT / lock).read_text()
    return dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", text, re.MULTILINE))


def find_licence(installed: Distribution) -> str:
    """The licence: an SPDX expression, or what the classifiers say, or its file."""
    package = installed.metadata
    if expression := package.get("License-Expression"):
        return expression
    classifiers = [
        each.split(" :: ")[-1]
        for each in package.get_all("Classifier") or []
        if each.startswith("License :: ") and each != "License :: OSI Approved"
    ]
    text = (package.get("License") or "").strip()
    if len(classifiers) > 1 or (classifiers and (not text or len(text) > LONGEST)):
        return " or ".join(classifiers)
    if text:
        return text
    file = installed.read_text("licenses/LICENSE") or ""
    return "Apache-2.0" if "Apache License, Version 2.0" in file else "not named"


def list_licences() -> Iterator[tuple[str, str, str, str]]:
    """Each package of an image with version, licence and the smallest image that holds it.

    Those that are not for this system are left out.
    """
    seen: set[str] = set()
    for image, lock in IMAGES.items():
        for name, version in sorted(read_pins(lock).items()):
            if name in seen:
                continue
            seen.add(name)
            try:
                yield name, version, find_licence(distribution(name)), image
            except PackageNotFoundError:
                continue


def render_licences() -> Iterator[str]:
    """The table of docs/licences.md."""
    yield "| package | version | licence | image |"
    yield "|---|---|---|---|"
    for name, version, licence, image in list_licences():
        yield f"| {name} | {version} | {licence} | `{image}` |"
