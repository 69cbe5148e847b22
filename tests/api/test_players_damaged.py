"""What an owner can put right about forgetting is said, and is no error in Redraw itself."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline.errors import InvalidDataset, InvalidSettings
from service.routes import players


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (InvalidDataset("000001.npz is damaged: restore it"), "damaged-dataset"),
        (InvalidSettings("REDRAW_PLAYER_KEY is another one"), "wrong-settings"),
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/players/ann/preview"), ("DELETE", "/v1/players/ann?preview=true")],
)
def test_what_is_wrong_is_said(
    owner: TestClient,
    monkeypatch: pytest.MonkeyPatch,
    is_problem: Callable[..., dict[str, Any]],
    *,
    error: Exception,
    kind: str,
    method: str,
    path: str,
) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(players, "preview_forgetting", fail)
    assert is_problem(owner.request(method, path), 500, kind)["detail"] == str(error)
