"""What a form has done is said on the next page, once."""

from collections.abc import Callable

import pytest
from fastapi import Request, Response
from fastapi.testclient import TestClient

from service.dashboard.frame.notices import keep_notice


@pytest.fixture
def told(signed_in: TestClient) -> TestClient:
    """A browser whose last form has done something."""
    answer = Response()
    request = Request({"type": "http", "app": signed_in.app, "headers": []})
    keep_notice(request, answer, "v1.0.2 <is> released.")
    text = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
    signed_in.cookies.set("redraw-notice", text, "testserver.local")
    return signed_in


def test_the_next_page_says_it_escaped_and_the_one_after_does_not(told: TestClient) -> None:
    assert "v1.0.2 &lt;is&gt; released." in told.get("/runs").text
    assert 'role="status"' not in told.get("/runs").text


def test_a_part_of_a_page_does_not_take_it(told: TestClient) -> None:
    told.get("/runs", headers={"HX-Request": "true"})
    assert "released." in told.get("/runs").text


def test_a_sentence_that_others_wrote_is_not_shown(signed_in: TestClient) -> None:
    signed_in.cookies.update({"redraw-notice": "IllvdSB3b24i.x.y"})
    assert 'role="status"' not in signed_in.get("/runs").text


def test_a_session_is_no_notice_and_a_notice_no_session(
    told: TestClient, connect: Callable[..., TestClient]
) -> None:
    other = connect()
    other.cookies.update({"redraw-session": told.cookies["redraw-notice"]})
    assert other.get("/runs", follow_redirects=False).status_code == 303
    other.cookies.update({"redraw-notice": told.cookies["redraw-session"]})
    assert 'role="status"' not in other.get("/sign-in").text
