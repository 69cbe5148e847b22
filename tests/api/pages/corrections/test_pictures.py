"""The pictures of corrections: normalised drawings, or words where there is none."""

import asyncio
import io
import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from emulator.players.canvases import blank_png
from pipeline.drawings import normalize_canvas
from pipeline.errors import Unavailable
from pipeline.ports import Ports
from service.dashboard.corrections.pictures import AT_ONCE
from tests.api._corrections import CANVAS, PATH, Put
from tests.api.conftest import API_KEY

PICTURE = "/corrections/c1/drawing.png"


def test_a_picture_is_the_normalised_drawing_as_dark_ink(
    signed_in: TestClient, ports: Any, put: Put
) -> None:
    put()
    ports.artefacts.objects[PATH] = CANVAS
    answer = signed_in.get(PICTURE)
    assert answer.headers["content-type"] == "image/png"
    shown = np.array(Image.open(io.BytesIO(answer.content)))
    assert np.array_equal(shown, 255 - normalize_canvas(CANVAS))


def test_a_picture_is_kept_by_this_browser_alone_and_asked_for_by_its_tag(
    signed_in: TestClient, ports: Any, put: Put
) -> None:
    put()
    ports.artefacts.objects[PATH] = CANVAS
    answer = signed_in.get(PICTURE)
    assert answer.headers["cache-control"].startswith("private, max-age=")
    again = signed_in.get(PICTURE, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_picture_is_for_owners(visitor: TestClient, put: Put) -> None:
    put()
    assert visitor.get(PICTURE, follow_redirects=False).status_code == 303


@pytest.mark.parametrize(
    ("canvas", "fields", "words"),
    [
        (None, {}, "canvas not there"),
        (blank_png(), {}, "nothing drawn"),
        (b"<svg onload='alert(1)'/>", {}, "no readable picture"),
        (CANVAS + bytes(300_000), {}, "canvas too large"),
        (CANVAS, {"imageStoragePath": "models/v1.0.0/card.html"}, "path not allowed"),
        (CANVAS, {"imageStoragePath": None}, "no canvas named"),
        (CANVAS, {"imageStoragePath": None, "strokes": {"<b>": [1]}}, "strokes unreadable"),
        (
            CANVAS,
            {"imageStoragePath": None, "strokes": [[datetime(2026, 1, 1, tzinfo=UTC)]]},
            "strokes unreadable",
        ),
    ],
)
def test_where_no_drawing_can_be_made_words_say_why(
    signed_in: TestClient,
    ports: Any,
    put: Put,
    *,
    canvas: bytes | None,
    fields: dict[str, Any],
    words: str,
) -> None:
    put(**fields)
    if canvas is not None:
        ports.artefacts.objects[PATH] = canvas
    answer = signed_in.get(PICTURE)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert _read(answer.text) == words
    assert "<b>" not in answer.text
    assert "onload" not in answer.text


def test_strokes_that_cannot_be_read_do_not_hide_the_canvas(
    signed_in: TestClient, ports: Any, put: Put
) -> None:
    put(strokes="none", imageData=b"no picture")
    ports.artefacts.objects[PATH] = CANVAS
    assert signed_in.get(PICTURE).headers["content-type"] == "image/png"


def test_a_deleted_correction_has_a_picture_of_words_that_is_not_kept(
    signed_in: TestClient,
) -> None:
    answer = signed_in.get("/corrections/gone/drawing.png")
    assert _read(answer.text) == "deleted"
    assert answer.headers["cache-control"] == "no-store"


def test_while_storage_is_down_the_picture_says_so_and_is_not_kept(
    connect: Callable[..., TestClient],
    ports: Ports,
    put: Put,
    broken: Callable[..., Any],
) -> None:
    put()
    browser = connect(
        ports=replace(ports, artefacts=broken(Unavailable("secret-host:443 refused")))
    )
    browser.post("/sign-in", data={"key": API_KEY})
    answer = browser.get(PICTURE)
    assert _read(answer.text) == "not known right now"
    assert "secret-host" not in answer.text
    assert answer.headers["cache-control"] == "no-store"


def _read(svg: str) -> str:
    """Return the words that are seen."""
    return " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg))


def test_a_page_of_pictures_asks_for_few_at_the_same_time(
    signed_in: TestClient, ports: Any, put: Put
) -> None:
    put()
    lock, now, most, get = threading.Lock(), 0, 0, ports.corrections.get

    def look(name: str) -> Any:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.002)  # so that others come meanwhile
        with lock:
            now -= 1
        return get(name)

    ports.corrections.get = look

    async def load() -> list[int]:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(signed_in.app),
            base_url="http://testserver",
            cookies=dict(signed_in.cookies),
        ) as browser:
            answers = await asyncio.gather(*(browser.get(PICTURE) for _ in range(48)))
            return [answer.status_code for answer in answers]

    assert asyncio.run(load()) == [200] * 48
    assert most <= AT_ONCE
