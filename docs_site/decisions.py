"""List all decisions in the navigation and on their page: `python -m docs_site.decisions`."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "decisions"
NAV, PAGE = ROOT / "mkdocs.yml", FOLDER / "README.md"
Render = Callable[[], str]
BEGIN, END = "made by python -m docs_site.decisions", "the end of what is made"


def list_decisions() -> Iterator[tuple[str, str]]:
    """Yield the name of each decision's file and its title with the number, in their order."""
    for path in sorted(FOLDER.glob("[0-9]*.md")):
        first = path.read_text().partition("\n")[0]
        number, title = re.match(r"# (\d{4}):? (.+)", first).groups()  # type: ignore[union-attr]
        yield path.name, f"{number} {title}"


def render_nav() -> str:
    """Return the lines of mkdocs.yml that name the decisions."""
    return "\n".join(
        f"      - '{title.replace(chr(39), chr(39) * 2)}': decisions/{name}"
        for name, title in list_decisions()
    )


def render_page() -> str:
    """Return the list of the decisions' page."""
    return "\n".join(f"- [{title}]({name})" for name, title in list_decisions())


def replace_made(text: str, made: str) -> str:
    """Return a file with the lines between its two comments replaced.

    Raises:
        ValueError: if the comments are not there once each.
    """
    lines = text.splitlines()
    (begin,) = (number for number, line in enumerate(lines) if BEGIN in line)
    (end,) = (number for number, line in enumerate(lines) if END in line)
    return "\n".join([*lines[: begin + 1], made, *lines[end:], ""])


def main() -> None:
    """Rewrite both."""
    NAV.write_text(replace_made(NAV.read_text(), render_nav()))
    PAGE.write_text(replace_made(PAGE.read_text(), render_page()))


if __name__ == "__main__":
    main()
