"""Show texts that were written for the command line."""

import re

from markupsafe import Markup, escape

_CODE = re.compile(r"`([^`]+)`")


def mark_code(text: str) -> Markup:
    """Return a text as HTML: what stands between backticks is code, and the rest is escaped."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))
