"""Texts that were written for the command line are shown as HTML."""

from hypothesis import given
from hypothesis import strategies as st

from service.dashboard.frame.texts import mark_code


def test_what_stands_between_backticks_is_code() -> None:
    assert mark_code("call `redraw tidy`, or wait") == "call <code>redraw tidy</code>, or wait"


def test_an_odd_backtick_stays() -> None:
    assert mark_code("a ` b") == "a ` b"


@given(st.text(st.sampled_from("<>&`a\"'")))
def test_nothing_in_it_becomes_another_element(text: str) -> None:
    shown = str(mark_code(text)).replace("<code>", "").replace("</code>", "")
    assert "<" not in shown
    assert ">" not in shown
