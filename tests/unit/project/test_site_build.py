"""The documentation site builds without a warning, and its pages load nothing from elsewhere."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.unit.project._pages import ROOT

pytestmark = pytest.mark.slow

LOADED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src"}


class Loads(HTMLParser):
    """What a page loads, and the pages to which it leads."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.linked: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.ids |= {values["id"]} if "id" in values else set()
        if tag in LOADED and LOADED[tag] in values:
            self.loaded.append(values[LOADED[tag]])
        if tag == "a" and "href" in values:
            self.linked.append(values["href"])


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    # A network that cannot be reached: a build that asked another host would fail.
    nowhere = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, **nowhere, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(built: Path) -> dict[Path, Loads]:
    read = {}
    for path in built.rglob("*.html"):
        read[path] = Loads()
        read[path].feed(path.read_text())
    return read


def test_every_page_of_the_sources_is_there(built: Path) -> None:
    sources = (ROOT / "docs").rglob("*.md")
    names = [path.relative_to(ROOT / "docs") for path in sources]
    wanted = [
        name.with_name("index.html") if name.stem == "README" else name.with_suffix(".html")
        for name in names
    ]
    assert [str(name) for name in wanted if not (built / name).is_file()] == []


def test_pages_load_nothing_from_another_host(pages: dict[Path, Loads]) -> None:
    loaded = {address for page in pages.values() for address in page.loaded}
    assert loaded
    assert [each for each in loaded if re.match(r"(?:\w+:)?//", each)] == []


def test_style_sheets_load_nothing_from_another_host(built: Path) -> None:
    for sheet in built.rglob("*.css"):
        loaded = re.findall(
            r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')]+)", sheet.read_text()
        )
        assert loaded == [], sheet.name


def test_links_between_built_pages_lead_somewhere(pages: dict[Path, Loads]) -> None:
    dead = []
    for path, page in pages.items():
        if path.name == "404.html":  # its links begin at the root of a server
            continue
        for link in page.linked:
            if re.match(r"\w+:", link):
                continue
            name, _, anchor = link.partition("#")
            target = (path.parent / name).resolve() if name else path
            target = target / "index.html" if target.is_dir() else target
            known = pages[target].ids if target in pages else set()
            if not target.is_file() or (anchor and target in pages and anchor not in known):
                dead.append(f"{path.name}: {link}")
    assert dead == []


def test_the_search_works_from_a_folder(built: Path) -> None:
    # Browsers refuse to fetch a file, so the index is a script.
    assert (built / "search" / "search_index.js").is_file()
