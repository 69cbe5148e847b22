"""Read the pages of the documentation: their blocks, links, pictures and chapters."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown.extensions.toc import slugify

from docs_site.extension import MARK

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
SHELL = {"", "sh", "bash", "shell", "console"}
"""Languages of blocks that may hold commands; most pages name none."""
FENCE = re.compile(r"^ *(`{3,}|~{3,}) *([\w+-]*)")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: str
    line: int
    language: str
    text: str
    mark: str
    """Why it was not run; "" where no mark stands above it."""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def name_page(page: Path) -> str:
    """The path of a page from the project's folder."""
    return str(page.relative_to(ROOT))


@cache
def list_blocks() -> tuple[Block, ...]:
    """All fenced blocks of all pages."""
    return tuple(block for page in PAGES for block in read_blocks(name_page(page)))


def read_blocks(name: str) -> Iterator[Block]:
    """The fenced blocks of a page, without the indentation of their first line."""
    lines = (ROOT / name).read_text().splitlines()
    opened: tuple[str, int, str] | None = None
    inside: list[str] = []
    for number, line in enumerate(lines):
        fence = FENCE.match(line)
        if opened is None and fence:
            opened, inside = (fence[1], number, fence[2]), []
        elif opened and line.strip() == opened[0]:
            mark = MARK.match(lines[opened[1] - 1])
            indent = len(lines[opened[1]]) - len(lines[opened[1]].lstrip())
            text = "\n".join(each[min(indent, len(each) - len(each.lstrip())) :] for each in inside)
            yield Block(name, opened[1] + 1, opened[2], text, mark["why"] if mark else "")
            opened = None
        elif opened:
            inside.append(line)
    assert opened is None, f"{name} has a block without an end"


def read_prose(page: Path) -> str:
    """A page without its fenced blocks and comments."""
    text = re.sub(r"^( *)(`{3,}).*?^ *\2 *$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)


def list_links(page: Path) -> list[str]:
    """What a page's links and pictures lead to, without those in inline code."""
    text = re.sub(r"`[^`\n]*`", lambda code: "x" * len(code[0]), read_prose(page))
    return re.findall(r"\]\(([^)\s]+)(?: \"[^\"]*\")?\)", text)


def list_pictures(page: Path) -> list[tuple[str, str]]:
    """The alternative text and the file of each picture of a page."""
    return re.findall(r"!\[([^\]]*)\]\(([^)\s]+)", read_prose(page))


@cache
def list_anchors(page: Path) -> tuple[frozenset[str], frozenset[str]]:
    """The anchors of a page's chapters: on the site, and on a forge."""
    site: set[str] = set()
    forge: set[str] = set()
    for title in re.findall(r"^#{1,6} +(.+?) *#*$", read_prose(page), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).replace("`", "").replace("*", "")
        for known, anchor in ((site, slugify(plain, "-")), (forge, _slugify_on_a_forge(plain))):
            known.add(_number(anchor, known, "_" if known is site else "-"))
    return frozenset(site), frozenset(forge)


def _slugify_on_a_forge(title: str) -> str:
    """GitHub's rule, which other forges keep to."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _number(anchor: str, known: set[str], joint: str) -> str:
    """An anchor that is not known yet: a title that comes again gets a number."""
    again = (f"{anchor}{joint}{number}" for number in range(1, len(known) + 2))
    return anchor if anchor not in known else next(each for each in again if each not in known)
