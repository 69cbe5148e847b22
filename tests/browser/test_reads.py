"""What a page reads does not grow with what is stored."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from benchmarks.pages_project import grow
from emulator.bill import Usage
from service.dashboard.frame import reading_all
from tests.browser._addresses import fill, is_page, list_templates
from tests.browser._project import Project, project_in

MORE = 2000
COUNTED = 20
"""Reads that counts may add: one for each thousand that is counted, and some counts a page."""


@pytest.fixture(scope="module")
def larger(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The project, after players have sent much more."""
    folder = tmp_path_factory.mktemp("larger")
    copy = Path(shutil.copytree(seeded, folder / "grown"))
    grow(copy, MORE, MORE // 10)
    with project_in(copy, folder / "data") as project:
        yield project


def measure(project: Project) -> dict[str, Usage]:
    """Return the least that each page read in three rounds.

    What is read in the background meanwhile, once and then kept, is no page's.
    """
    found: dict[str, Usage] = {}
    cookie = project.cookie
    with httpx.Client(base_url=project.url, timeout=120) as client:
        client.cookies.set(cookie["name"], cookie["value"])
        for template in list_templates() * 3:
            path = fill(template, project)
            if is_page(project, path) and not template.startswith("/system"):
                before = project.emulators.bill.usage
                assert client.get(path).status_code == httpx.codes.OK, path
                used = project.emulators.bill.usage - before
                found[template] = min(found.get(template, used), used, key=count)
    return found


def count(used: Usage) -> int:
    return used.reads + used.requests


def test_a_page_reads_as_much_in_a_larger_project(
    project: Project, larger: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is read in the background without being asked, in small projects alone, is no page's.
    monkeypatch.setattr(reading_all, "MOST_BY_ITSELF", 0)
    small, large = measure(project), measure(larger)
    assert small.keys() == large.keys()
    grown = [
        f"{page}: {small[page]}, {large[page]}"
        for page in small
        if count(large[page]) > count(small[page]) + COUNTED
    ]
    assert not grown, "\n".join(grown)
