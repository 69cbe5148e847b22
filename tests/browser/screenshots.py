"""Take a picture of each page, in both sizes and colour schemes.

    python -m tests.browser.screenshots [--out FOLDER] [--project FOLDER] [--only TEXT]

They show a project with some weeks of history, which is made first, in some minutes. With
`--project` it is made once and kept. Real drawings are used where REDRAW_RAW_DIR names some.
"""

import argparse
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import product
from pathlib import Path
from typing import get_args

from playwright.sync_api import Page

from tests._chromium import CHROMIUM, MISSING, chromium
from tests.browser._addresses import fill, is_page, list_templates
from tests.browser._demo import make_demo
from tests.browser._pages import DESK, PHONE, Scheme, browsing
from tests.browser._project import Project, project_in
from tests.browser.play._drawing import show_playing

ALL_PICTURES = """() => Promise.allSettled(Array.from(document.images, (image) => {
  image.loading = "eager";
  return image.decode();
}))"""
SIZES = {"desk": DESK, "phone": PHONE}


def main() -> None:
    """Make the project if it is missing, and write a PNG for each page, size and scheme."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("screenshots"))
    parser.add_argument("--project", type=Path, help="the folder of the project")
    parser.add_argument("--only", default="", help="a text in the addresses that are wanted")
    options = parser.parse_args()
    if CHROMIUM is None:
        parser.exit(1, MISSING + "\n")
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        made: Path = options.project or Path(temporary) / "made"
        if not made.exists():
            raw = os.environ.get("REDRAW_RAW_DIR")
            make_demo(made, Path(raw) if raw else None)
        with project_in(made, Path(temporary) / "data") as project:
            for file in take_all(project, options.out, options.only):
                print(file)


def take_all(project: Project, out: Path, only: str) -> Iterator[Path]:
    """Take all pictures, and yield their files."""
    with chromium() as browser, ExitStack() as opened:
        for (size, pixels), scheme in product(SIZES.items(), get_args(Scheme)):
            context = opened.enter_context(browsing(browser, project, pixels, scheme))
            page = context.new_page()
            for template in ["/sign-in", *list_templates()]:
                path = fill(template, project)
                if only in template and is_page(project, path):
                    yield take(page, path, out / f"{name_of(template)}-{size}-{scheme}.png")


def take(page: Page, path: str, file: Path) -> Path:
    """Take a picture of a whole page."""
    page.goto(path, wait_until="load")
    if path == "/play":
        show_playing(page)
    # Pictures are loaded when they come into sight; here all of the page is in sight at once.
    page.evaluate(ALL_PICTURES)
    page.screenshot(path=file, full_page=True)
    return file


def name_of(template: str) -> str:
    """Return a file's name for an address: `/runs/{run_id}` is runs-run_id."""
    return "-".join(re.findall(r"\w+", template)) or "overview"


if __name__ == "__main__":
    main()
