"""A Markdown extension: marks of commands that were not run, and links to files outside the site.

MkDocs and its successor Zensical both run Python-Markdown's extensions, but not the same hooks and
plugins. So this is all that the site has of its own. Without it the pages read well too, as on a
forge: a mark is a comment there, and a link leads to the file.
"""

import re
from pathlib import Path
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
MARK = re.compile(r"^(?P<indent>\s*)<!-- not run: (?P<why>.+?) -->\s*$")
"""A line directly above a block of commands: they were not run, and why."""
ASIDE = "\n{indent}*Not run by us: {why}.*\n{indent}{{: .not-run }}\n"
AFTER_FENCES, AFTER_INLINE = 22, 5
"""Priorities: after fenced blocks are taken out (25) and before raw HTML (20) is; after inline
patterns (20) and before MkDocs checks the links (0)."""


def find_outside(link: str) -> str:
    """Return the path from the project's folder of a file that is not below docs/, or "".

    Args:
        link: as it stands in a page, relative to it.
    """
    path = link.partition("#")[0]
    if not path.startswith("../"):
        return ""
    inner = re.sub(r"^(\.\./)+", "", path)
    return inner if (ROOT / inner).exists() and not (DOCS / inner).exists() else ""


class _Marks(Preprocessor):
    """Show the marks of commands that were not run."""

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines of a page with each mark as a paragraph."""
        shown = []
        for line in lines:
            if mark := MARK.match(line):
                shown += ASIDE.format(indent=mark["indent"], why=mark["why"].rstrip(".")).split(
                    "\n"
                )
            else:
                shown.append(line)
        return shown


class _OutsideLinks(Treeprocessor):
    """Turn links to files that are not on the site into their text and their path."""

    def run(self, root: Element) -> None:
        """Change the links in place."""
        for link in root.iter("a"):
            if path := find_outside(link.get("href", "")):
                link.tag = "span"
                link.attrib = {"class": "outside", "title": f"in the project's folder: {path}"}


class RedrawExtension(Extension):
    """Both of them."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  # the name that Markdown calls
        """Register what this extension does."""
        md.preprocessors.register(_Marks(md), "redraw-marks", AFTER_FENCES)
        md.treeprocessors.register(_OutsideLinks(md), "redraw-outside-links", AFTER_INLINE)


def makeExtension(**options: object) -> RedrawExtension:  # noqa: N802  # the name that Markdown calls
    """Return the extension, by the name that Markdown looks for."""
    return RedrawExtension(**options)
