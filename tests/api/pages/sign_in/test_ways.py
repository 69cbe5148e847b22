"""The sign-in leads to no other site."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.dashboard.sign_in.ways import choose_way

HERE = "https://redraw.example/sign-in"


def as_browsers_read(path: str) -> str:
    """Return the address as the URL standard reads it: no tabs and lines, and \\ is /."""
    for dropped in "\t\n\r":
        path = path.replace(dropped, "")
    return urljoin(HERE, path.strip("".join(map(chr, range(33)))).replace("\\", "/"))


@given(st.text(st.sampled_from("/\\\t\n\r .:@?#%aé\x00\u2028"), max_size=12))
@example("//evil.example")
@example("/\\evil.example")
@example("/\t/evil.example")
@example("https://evil.example")
@example("javascript:alert(1)")
@example("")
def test_every_way_stays_at_this_host(path: str) -> None:
    address = urlsplit(as_browsers_read(choose_way(path)))
    assert (address.scheme, address.netloc) == ("https", "redraw.example")


@pytest.mark.parametrize("path", ["/", "/runs", "/corrections?state=pending&class=cat", "/a//b"])
def test_a_page_of_this_service_is_kept(path: str) -> None:
    assert choose_way(path) == path
