"""Conditional requests: what `If-None-Match` asks (RFC 9110, 13.1.2)."""

import re


def lists_tag(if_none_match: str | None, tag: str) -> bool:
    """Return whether the header lists `tag`, by weak comparison; a missing header lists none.

    Proxies that compress an answer turn its tag into a weak one, `W/"..."`.
    """
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag in re.findall(r'"[^"]*"', if_none_match)
