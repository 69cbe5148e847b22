"""Any two versions are compared by the same drawings; a cell opens those that moved."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.pages.versions._published import WHY, publish_version, store_samples, text_of

PAIR = "/versions/compare?from=v1.0.0&to=v1.0.1"
DRAWINGS = "/versions/compare/drawings?from=v1.0.0&to=v1.0.1"


def test_without_versions_there_is_nothing_to_compare(signed_in: TestClient) -> None:
    said = text_of(signed_in.get("/versions/compare").text)
    assert "There are no two versions yet" in said


def test_without_a_choice_the_release_and_what_waits_are_compared(
    signed_in: TestClient, published: Any
) -> None:
    page = signed_in.get("/versions/compare").text
    assert re.findall(r"<option selected>([^<]+)", page) == ["v1.0.0", "v1.0.1"]
    published.models.promote("v1.0.1", **WHY)
    page = signed_in.get("/versions/compare").text
    assert re.findall(r"<option selected>([^<]+)", page) == ["v1.0.0", "v1.0.1"]


def test_a_comparison_says_in_words_which_is_better(signed_in: TestClient, published: Any) -> None:
    said = text_of(signed_in.get(PAIR).text)
    assert "On clean drawings, v1.0.1 is about as good as v1.0.0" in said
    assert "75.0% before, 75.0% now, of 8 drawings" in said
    assert "Only v1.0.1 recognises: 1" in said
    assert "Only v1.0.0 recognises: 1" in said
    assert re.search(r"apple 100\.0% 75\.0% .25 points 0 1 4", said)
    assert re.search(r"sun 50\.0% 75\.0% \+25 points 1 0 4", said)


def test_the_other_way_round_turns_gained_and_lost(signed_in: TestClient, published: Any) -> None:
    said = text_of(signed_in.get("/versions/compare?from=v1.0.1&to=v1.0.0").text)
    assert re.search(r"apple 75\.0% 100\.0% \+25 points 1 0 4", said)


def test_each_cell_of_the_figure_opens_its_drawings(signed_in: TestClient, published: Any) -> None:
    page = signed_in.get(PAIR).text
    figure = re.search(r"<svg class=\"difference\".*?</svg>", page, re.DOTALL)
    assert figure is not None
    links = re.findall(r'<a href="([^"]+)"', figure[0])
    assert len(links) == 4
    for link in links:
        answer = signed_in.get(link.replace("&amp;", "&"))
        assert answer.status_code == 200
        assert answer.text.count("<figure>") == 1


def test_a_cell_names_what_came_and_what_left(signed_in: TestClient, published: Any) -> None:
    address = "/versions/compare/cell?from=v1.0.0&to=v1.0.1&drawn=0&guessed=1"
    said = text_of(signed_in.get(address).text)
    assert "Apple drawn, sun guessed" in said
    assert "New: v1.0.1 guesses sun, v1.0.0 did not: 1" in said
    assert "Gone: v1.0.0 guessed sun, v1.0.1 does not: 0" in said


def test_a_picture_tells_both_guesses_and_how_sure_they_are(
    signed_in: TestClient, published: Any
) -> None:
    page = signed_in.get(f"{DRAWINGS}&kind=lost").text
    assert 'alt="apple: apple before, sun now"' in page
    assert "apple 40%" in text_of(page)  # 103 of 255
    assert 'src="data:image/png;base64,' in page


def test_drawings_are_in_pages(
    signed_in: TestClient, published: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.dashboard.versions.drawings.AT_ONCE", 1)
    publish_version(published, [1, 1, 1, 0, 1, 1, 1, 1])
    seen, address = [], "/versions/compare/drawings?from=v1.0.1&to=v1.0.2&kind=lost"
    while address:
        page = signed_in.get(address).text
        seen += re.findall(r'alt="([^"]+)"', page.partition("<main")[2])
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert seen == 3 * ["apple: apple before, sun now"]


def test_before_a_run_has_stored_pictures_the_counts_are_shown(
    signed_in: TestClient, ports: Any
) -> None:
    for guesses in ([0, 0, 0, 0, 1, 1, 0, 0], [0, 0, 0, 1, 1, 1, 1, 0]):
        publish_version(ports, guesses)
    for address in (PAIR, DRAWINGS):
        answer = signed_in.get(address)
        assert answer.status_code == 200
        assert "the next run stores them" in text_of(answer.text)


def test_drawings_beyond_the_pictures_are_counted(signed_in: TestClient, ports: Any) -> None:
    for guesses in ([0, 0, 0, 0, 1, 1, 0, 0], [0, 0, 0, 1, 1, 1, 1, 0]):
        publish_version(ports, guesses)
    store_samples(ports, rows=4)
    said = text_of(signed_in.get(f"{DRAWINGS}&kind=gained").text)
    assert "All classes: 1" in said
    assert "There are pictures of 0 of them" in said


def incomparable(ports: Any, name: str) -> None:
    """Publish v1.0.1 in a way that v1.0.0 cannot be compared with it."""
    publish_version(ports, [0, 0, 0, 0, 1, 1, 0, 0])
    match name:
        case "older Redraw":
            publish_version(ports, None)
        case "built again":
            publish_version(ports, [0, 0, 0, 0, 1, 1, 0, 0], base="cd34")
        case "different classes":
            publish_version(ports, [0, 0, 0, 0, 1, 1, 0, 0], categories=("sun", "apple"))
        case "more classes":
            publish_version(ports, [0, 0, 0, 0, 1, 1, 0, 200])
            for fields in ports.models._models.values():
                fields["categories"] = []
        case "cannot be read":
            publish_version(ports, [0, 0, 0, 0, 1, 1, 0, 0])
            path = "models/production/v1.0.1/guesses.npz"
            ports.artefacts.objects[path] = ports.artefacts.objects[path][:-1] + b"!"
        case "were deleted":
            publish_version(ports, [0, 0, 0, 0, 1, 1, 0, 0])
            ports.models.promote("v1.0.0", **WHY)
            ports.models.withdraw("v1.0.1", by="owner", why="a test")
            ports.artefacts.delete("models/production/v1.0.1/guesses.npz")
        case "the game itself":
            ports.models._models["v1.0.1"] = {"metrics": {"accuracy": 0.5}}


@pytest.mark.parametrize(
    "why",
    [
        "older Redraw", "built again", "different classes", "more classes", "cannot be read",
        "were deleted", "the game itself",
    ],
)  # fmt: skip
def test_what_cannot_be_compared_says_why(why: str, signed_in: TestClient, ports: Any) -> None:
    incomparable(ports, why)
    answer = signed_in.get(PAIR)
    assert answer.status_code == 200
    assert "cannot be compared drawing by drawing" in text_of(answer.text)
    assert why in text_of(answer.text)
    assert signed_in.get(DRAWINGS).status_code == 404


def test_a_version_is_not_compared_with_itself(signed_in: TestClient, published: Any) -> None:
    said = text_of(signed_in.get("/versions/compare?from=v1.0.0&to=v1.0.0").text)
    assert "choose two different ones" in said


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/versions/compare?from=v1.0.0&to=v9.9.9", 404),
        ("/versions/compare?from=v1.0.0&to=latest", 422),
        ("/versions/compare/cell?from=v1.0.0&to=v1.0.1&drawn=0&guessed=2", 404),
        ("/versions/compare/cell?from=v1.0.0&to=v1.0.1&drawn=0&guessed=-1", 422),
        ("/versions/compare/cell?from=v1.0.0&to=v1.0.1", 422),
        (f"{DRAWINGS}&kind=stolen", 422),
    ],
)
def test_an_address_that_leads_nowhere_is_an_error_page(
    address: str, status: int, signed_in: TestClient, published: Any
) -> None:
    answer = signed_in.get(address)
    assert answer.status_code == status
    assert "<h1>" in answer.text
