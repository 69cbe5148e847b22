"""GET /v1/corrections/{id}/drawing: the normalised drawing, never the player's file."""

import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from emulator.players.canvases import blank_png
from pipeline.drawings import normalize_canvas
from pipeline.errors import Unavailable
from pipeline.ports import Ports
from tests.api._corrections import CANVAS, PATH, Put


def test_while_storage_is_down_a_drawing_is_asked_for_again_later(
    connect: Callable[..., TestClient],
    ports: Ports,
    put: Put,
    is_problem: Callable[..., Any],
    broken: Callable[..., Any],
) -> None:
    put()
    owner = connect(
        {"X-API-Key": "an-api-key-for-tests"},
        ports=replace(ports, artefacts=broken(Unavailable("secret-host:443 refused"))),
    )
    is_problem(owner.get("/v1/corrections/c1/drawing"), 503, "unavailable")


def test_a_drawing_is_the_normalised_one_and_not_the_player_s_file(
    owner: TestClient, ports: Any, put: Put
) -> None:
    put()
    ports.artefacts.objects[PATH] = CANVAS
    response = owner.get("/v1/corrections/c1/drawing")
    assert response.headers["content-type"] == "image/png"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-store"
    assert np.array_equal(
        np.array(Image.open(io.BytesIO(response.content))), normalize_canvas(CANVAS)
    )
    assert CANVAS not in response.content


@pytest.mark.parametrize(
    ("canvas", "path"),
    [
        (None, PATH),
        (blank_png(), PATH),
        (b"<svg onload='alert(1)'/>", PATH),
        (CANVAS + bytes(300_000), PATH),
        (CANVAS, "models/production/v1.0.0/manifest.json"),
        (CANVAS, "drawings/corrections/../../d1.png"),
        (CANVAS, f"{PATH}\n"),
        (CANVAS, None),
        (CANVAS, [PATH]),
    ],
    ids=[
        "missing",
        "blank",
        "no image",
        "too large",
        "not a canvas",
        "hostile path",
        "line break",
        "no path",
        "a list",
    ],
)
def test_where_no_drawing_can_be_made_there_is_none(
    owner: TestClient,
    ports: Any,
    put: Put,
    is_problem: Callable[..., Any],
    *,
    canvas: bytes | None,
    path: Any,
) -> None:
    put(imageStoragePath=path)
    if canvas is not None:
        ports.artefacts.objects[path if isinstance(path, str) else PATH] = canvas
    is_problem(owner.get("/v1/corrections/c1/drawing"), 404, "not-found")
