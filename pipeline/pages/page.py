"""Parts to one HTML page that loads nothing and runs nothing. All text given here is safe within a page already."""

from collections.abc import Iterable
from html import escape

from pipeline.pages.style import STYLE

SAFE = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"  # should a browser ever be asked for more, it refuses


def page(title: str, parts: Iterable[str]) -> str:
    """The page, in the look of Redraw's reports."""
    return (
        '<!DOCTYPE html>\n<html lang="en" xmlns="http://www.w3.org/1999/xhtml"><head><meta charset="utf-8"/>'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(SAFE)}"/>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
        f"<title>{title}</title><style>{STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>\n"
    )


def section(title: str, told: str, body: str) -> str:
    """A part of a page: its title, a sentence about it (none where empty), and what it shows."""
    return f"<section><h2>{title}</h2>{f'<p>{told}</p>' if told else ''}{body}</section>"
