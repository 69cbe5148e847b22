"""The sources of the documentation site: every page is led to, every link leads somewhere."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from docs_site import decisions
from docs_site.extension import find_outside
from tests.unit.project._pages import (
    DOCS,
    PAGES,
    ROOT,
    list_anchors,
    list_links,
    list_pictures,
    name_page,
    read_prose,
)

HOSTS = {
    "cloud.google.com",
    "firebase.google.com",
    "github.com",
    "html.spec.whatwg.org",
    "keda.sh",
    "keepachangelog.com",
    "semver.org",
    "www.standardwebhooks.com",
}
"""Hosts that pages link to. No test asks them, so a new one is looked at by a person."""
PLAIN_PLUGINS = {"search", "offline"}
"""Those that MkDocs' successor has too."""


def read_config() -> dict[str, object]:
    """mkdocs.yml, which needs nothing but plain YAML."""
    read: dict[str, object] = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
    return read


def list_nav(entry: object) -> list[str]:
    """The pages that the navigation names, in its order."""
    if isinstance(entry, str):
        return [entry]
    inner = entry.values() if isinstance(entry, dict) else entry
    return [page for each in inner for page in list_nav(each)]  # type: ignore[attr-defined]


def test_the_navigation_names_each_page_once_and_no_other() -> None:
    named = list_nav(read_config()["nav"])
    assert sorted(named) == sorted(str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md"))


def test_the_site_asks_no_other_host_and_its_warnings_are_errors() -> None:
    config = read_config()
    assert config["strict"] is True
    assert config["theme"]["font"] is False  # type: ignore[index]
    assert config["site_url"] == ""
    assert set(config["plugins"]) <= PLAIN_PLUGINS  # type: ignore[call-overload]
    assert {"hooks", "extra_javascript"} & set(config) == set()


@pytest.mark.parametrize(
    ("path", "render"),
    [(decisions.NAV, decisions.render_nav), (decisions.PAGE, decisions.render_page)],
    ids=["navigation", "page"],
)
def test_the_lists_of_decisions_are_complete(path: Path, render: decisions.Render) -> None:
    text = path.read_text()
    assert decisions.replace_made(text, render()) == text, "run python -m docs_site.decisions"


def test_every_relative_link_leads_to_a_file_and_to_a_chapter_of_it() -> None:
    dead = []
    for page in PAGES:
        for link in list_links(page):
            if urlsplit(link).scheme:
                continue
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            if not target.exists():
                dead.append(f"{name_page(page)}: {link}")
            elif anchor and any(anchor not in known for known in list_anchors(target)):
                dead.append(f"{name_page(page)}: {link} (no such chapter)")
    assert dead == []


def test_no_link_leads_to_a_folder() -> None:
    # The site has no page for a folder; name the folder in the text, or link its page.
    led = [
        f"{name_page(page)}: {link}"
        for page in DOCS.rglob("*.md")
        for link in list_links(page)
        if not urlsplit(link).scheme and not find_outside(link)
        if (page.parent / link.partition("#")[0]).is_dir() and not link.startswith("#")
    ]
    assert led == []


def test_links_to_other_hosts_are_sound_and_lead_to_known_ones() -> None:
    links = {link for page in PAGES for link in list_links(page) if urlsplit(link).scheme}
    parts = [urlsplit(link) for link in sorted(links)]
    assert {part.scheme for part in parts} <= {"https", "mailto"}
    assert {part.hostname for part in parts if part.scheme == "https"} <= HOSTS


def test_pictures_are_files_below_docs_and_have_a_text_that_stands_for_them() -> None:
    pictures = [(page, *each) for page in PAGES for each in list_pictures(page)]
    assert pictures
    for page, text, file in pictures:
        where = f"{name_page(page)}: {file}"
        assert (page.parent / file).resolve().is_relative_to(DOCS), where
        assert (page.parent / file).is_file(), where
        assert len(text.split()) >= 2, where


def test_every_page_begins_with_its_only_title() -> None:
    for page in PAGES:
        titles = re.findall(r"^# .+$", read_prose(page), re.MULTILINE)
        assert len(titles) == 1, name_page(page)
        assert page.read_text().startswith(titles[0]), name_page(page)


def test_what_the_pages_continue_in_a_list_is_indented_by_four() -> None:
    # Forges take a paragraph or a block for part of an item from two or three blanks on, the site
    # from four.
    bad = [
        f"{name_page(page)}: {found[1]!r}"
        for page in DOCS.rglob("*.md")
        for found in re.finditer(r"\n\n( {1,3}[^ \n].*)", page.read_text())
        if not _is_in_a_block(page.read_text(), found.start(1))
    ]
    assert bad == []


def _is_in_a_block(text: str, at: int) -> bool:
    """Whether a place of a page is inside a fenced block."""
    return len(re.findall(r"^ *```", text[:at], re.MULTILINE)) % 2 == 1
