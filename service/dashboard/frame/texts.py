"""Show texts that were written for the command line."""

import re

from markupsafe import Markup, escape

_PARTS = re.compile(r"`([^`]+)`")
_CODE = Markup("<code>{}</code>")


def mark_code(text: str) -> Markup:
    """Return a text as HTML: what stands between backticks is code, and the rest is escaped."""
    parts = _PARTS.split(text)  # text and code in turns
    return Markup("").join(
        _CODE.format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    )
