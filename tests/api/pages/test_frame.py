"""What all pages have in common."""

import re

import pytest
from fastapi import Request
from fastapi.testclient import TestClient

from service.access.sessions import SignedIn
from service.dashboard.frame.route import load_again, make_pages
from service.http.problems import UNAVAILABLE, ProblemError
from tests.api.conftest import API_KEY
from tests.api.pages.conftest import Post

PAGES = ["/", "/runs", "/versions", "/review", "/corrections", "/players", "/play", "/system"]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_leads_to_the_sign_in_and_back(visitor: TestClient, page: str) -> None:
    answer = visitor.get(page, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/sign-in?next={page.replace('/', '%2F')}"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_holds_no_script_and_no_style_of_its_own(signed_in: TestClient, page: str) -> None:
    answer = signed_in.get(page)
    assert answer.status_code == 200
    assert "'unsafe" not in answer.headers["content-security-policy"]
    assert not re.search(r"<style|<script(?![^>]* src=)| style=| on[a-z]+=", answer.text)


def test_the_files_of_a_page_are_kept_for_a_year(signed_in: TestClient) -> None:
    addresses = re.findall(r'(?:href|src)="(/assets/[^"]+)"', signed_in.get("/runs").text)
    assert len(set(addresses)) > 4
    for address in addresses:
        answer = signed_in.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]


def test_signing_out_ends_the_session(signed_in: TestClient, post: Post) -> None:
    post("/sign-out")
    assert signed_in.get("/runs", follow_redirects=False).status_code == 303


def test_a_form_without_the_token_of_the_session_changes_nothing(signed_in: TestClient) -> None:
    assert signed_in.post("/sign-out").status_code == 403
    assert signed_in.get("/runs", follow_redirects=False).status_code == 200


def test_a_page_says_how_little_it_needs_and_where_it_may_be_shown(signed_in: TestClient) -> None:
    headers = signed_in.get("/runs").headers
    assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "base-uri 'none'" in headers["content-security-policy"]
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["referrer-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_an_answer_that_changes_the_session_is_kept_by_no_cache(visitor: TestClient) -> None:
    answer = visitor.post("/sign-in", data={"key": API_KEY}, follow_redirects=False)
    assert "set-cookie" in answer.headers
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("referer", "way"),
    [
        ("http://testserver/review?reason=no_class", "%2Freview%3Freason%3Dno_class"),
        ("http://evil.example/review", "%2F"),
        ("", "%2F"),
    ],
)
def test_a_form_without_a_session_leads_back_to_its_page(
    visitor: TestClient, referer: str, way: str
) -> None:
    answer = visitor.post("/runs", headers={"Referer": referer}, follow_redirects=False)
    assert answer.headers["location"] == f"/sign-in?next={way}"


def test_a_link_of_another_site_loads_the_page_again_with_the_cookie(visitor: TestClient) -> None:
    """Browsers send it neither with the first request nor with a redirect from there."""
    answer = visitor.get("/runs?state=x", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert '<meta http-equiv="refresh" content="0; url=/runs?state=x">' in answer.text
    again = visitor.get("/runs", headers={"Sec-Fetch-Site": "same-origin"}, follow_redirects=False)
    assert again.headers["location"] == "/sign-in?next=%2Fruns"


def test_it_leads_to_no_other_site(visitor: TestClient) -> None:
    request = Request(
        {"type": "http", "app": visitor.app, "method": "GET", "path": "/", "headers": []}
    )
    text = bytes(load_again(request, "//evil.example/\\x").body).decode()
    assert "url=/evil.example/" in text


@pytest.mark.parametrize("path", ["/runs", "/corrections/c1/drawing.png", "/favicon.ico"])
def test_no_other_site_may_load_what_pages_load(signed_in: TestClient, path: str) -> None:
    assert signed_in.get(path).headers["cross-origin-resource-policy"] == "same-origin"


def test_an_error_keeps_its_headers_as_a_page(signed_in: TestClient) -> None:
    router = make_pages()

    @router.get("/test/wait")
    def wait(_owner: SignedIn) -> None:
        raise ProblemError(UNAVAILABLE, "Wait.", {"Retry-After": "5"})

    signed_in.app.include_router(router)  # type: ignore[attr-defined]
    answer = signed_in.get("/test/wait")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.headers["content-type"].startswith("text/html")
