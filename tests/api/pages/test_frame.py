"""What all pages have in common."""

import re

import pytest
from fastapi.testclient import TestClient

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
