"""List all decisions in the navigation and on their page: `python -m docs_site.decisions`."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "decisions"
NAV, PAGE = ROOT / "mkdocs.yml", FOLDER / "README.md"
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
    """Return a file with the lines between its two comments replaced."""
    pattern = re.compile(f"^(.*{re.escape(BEGIN)}.*\n).*?(.*{re.escape(END)})", re.DOTALL | re.M)
    changed, count = pattern.subn(lambda found: f"{found[1]}{made}\n{found[2]}", text)
    if count != 1:
        raise ValueError(f"one pair of comments is needed, there are {count}")
    return changed


def main() -> None:
    """Rewrite both."""
    NAV.write_text(replace_made(NAV.read_text(), render_nav()))
    PAGE.write_text(replace_made(PAGE.read_text(), render_page()))


if __name__ == "__main__":
    main()
