"""The list of versions, and the page of one."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.pages.versions._published import publish_version, text_of


def test_without_versions_the_list_says_how_to_make_the_first(signed_in: TestClient) -> None:
    said = text_of(signed_in.get("/versions").text)
    assert "Nothing is released" in said
    assert "redraw baseline" in said


def test_the_list_tells_state_figures_and_parent(signed_in: TestClient, published: Any) -> None:
    page = signed_in.get("/versions").text
    said = text_of(page)
    assert "v1.0.0 is what players get" in said
    assert re.search(r"v1\.0\.1 ready 80\.0% 75\.0% v1\.0\.0", said)
    assert re.search(r"v1\.0\.0 released 80\.0% 75\.0%", said)
    assert 'href="/versions/compare?from=v1.0.0&amp;to=v1.0.1"' in page


def test_a_long_list_is_in_pages(signed_in: TestClient, ports: Any, version: Any) -> None:
    for _ in range(26):
        version()
    first = signed_in.get("/versions").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    assert "v1.0.25" in first
    second = text_of(signed_in.get(following[1]).text)
    assert "v1.0.1 ready" in second
    assert "v1.0.2 " not in second


def test_what_is_no_version_of_ours_is_named(signed_in: TestClient, ports: Any) -> None:
    ports.models._models |= {"v0.9.0": {"metrics": {"accuracy": 0.5}}, "latest": {}}
    said = text_of(signed_in.get("/versions").text)
    assert "the game's own" in said
    assert "models/latest" in said


def test_a_version_shows_its_card_lineage_and_files(signed_in: TestClient, published: Any) -> None:
    page = signed_in.get("/versions/v1.0.1").text
    said = text_of(page)
    for part in (
        "Retrained from v1.0.0", "77 answers of 19 players", "apple",
        "Limits", "What changed since v1.0.0", "How it came about", "Settings that decided",
    ):  # fmt: skip
        assert part in said, part
    assert 'href="/v1/models/v1.0.1/files/weights.bin"' not in page  # it has none
    model = published.models.get("v1.0.1")
    for file in model.files:
        assert f"{file.size:,}" in said
        assert file.sha256 in said


def test_the_links_to_files_give_the_files(signed_in: TestClient, published: Any) -> None:
    page = signed_in.get("/versions/v1.0.1").text
    links = re.findall(r'href="(/v1/models/v1\.0\.1/files/[^"]+)"', page)
    assert len(links) == len(published.models.get("v1.0.1").files)
    assert all(signed_in.get(link).status_code == 200 for link in links)


def test_a_version_of_an_older_redraw_is_shown_without_a_card(
    signed_in: TestClient, version: Any
) -> None:
    version(released=True)
    said = text_of(signed_in.get("/versions/v1.0.0").text)
    assert "90.0%" in said
    assert "has no card" in said


def test_a_withdrawn_version_says_who_and_why(signed_in: TestClient, published: Any) -> None:
    published.models.withdraw("v1.0.1", by="owner", why="it took cats for dogs")
    page = signed_in.get("/versions/v1.0.1").text
    assert "by the owner: it took cats for dogs" in text_of(page)
    assert "/release" not in page.replace("/releases", "")
    assert "Retrained from v1.0.0" in text_of(page)  # its card is there until retention


def test_a_deleted_file_leaves_out_its_part(signed_in: TestClient, published: Any) -> None:
    published.models.withdraw("v1.0.1", by="owner", why="it took cats for dogs")
    for name in ("card.json", "lineage.json"):
        published.artefacts.delete(f"models/production/v1.0.1/{name}")
    answer = signed_in.get("/versions/v1.0.1")
    assert answer.status_code == 200
    assert "has no card" in text_of(answer.text)


@pytest.mark.parametrize("name", ["card.json", "lineage.json"])
def test_a_damaged_file_says_so_and_the_rest_is_shown(
    name: str, signed_in: TestClient, published: Any
) -> None:
    path = f"models/production/v1.0.1/{name}"
    published.artefacts.objects[path] = published.artefacts.objects[path][:-1] + b"!"
    answer = signed_in.get("/versions/v1.0.1")
    assert answer.status_code == 200
    assert "missing or damaged" in text_of(answer.text)
    assert "75.0%" in text_of(answer.text)


@pytest.mark.parametrize("path", ["/versions/v9.9.9", "/versions/v1.0", "/versions/latest"])
def test_what_does_not_exist_is_an_error_page(path: str, signed_in: TestClient) -> None:
    answer = signed_in.get(path)
    assert answer.status_code in {404, 422}
    assert "<h1>" in answer.text


def test_the_released_version_offers_no_release(signed_in: TestClient, published: Any) -> None:
    page = signed_in.get("/versions/v1.0.0").text
    assert "It is released." in text_of(page)
    assert 'action="/versions/' not in page


def test_names_of_files_and_reasons_are_escaped(signed_in: TestClient, ports: Any) -> None:
    publish_version(ports, None, run_id="<script>alert(1)</script>")
    page = signed_in.get("/versions/v1.0.0").text
    assert "<script>alert" not in page
