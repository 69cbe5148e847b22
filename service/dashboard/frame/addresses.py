"""The addresses of the files that pages load.

An address holds the digest of the file, so browsers keep a file for a year, and a new one at once.
"""

import hashlib
from functools import cache
from pathlib import Path

ASSETS = Path(__file__).parents[1] / "assets"
REPORT_STYLE = Path(__file__).parents[3] / "pipeline" / "pages" / "templates" / "style.css"
"""The design of the reports is the design of the pages."""


@cache
def address(name: str) -> str:
    """Return the path of a file, such as `pages.css`, with its digest in it.

    Raises:
        FileNotFoundError: there is no such file.
    """
    return f"/assets/{digest(find_file(name))}/{name}"


def find_file(name: str) -> Path:
    """Return where the file of this name lies."""
    return REPORT_STYLE if name == "report.css" else ASSETS / name


def digest(file: Path) -> str:
    """Return the first characters of the sha256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]
