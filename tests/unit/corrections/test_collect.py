"""A harvest: each fault is refused with its reason, the rest is collected, no player is named."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from emulator.players.canvases import blank_png, truncated_png
from pipeline.corrections.collect import COLUMNS
from pipeline.drawings import normalize_canvas, render_strokes
from pipeline.errors import Retryable, Unavailable
from pipeline.records.corrections import CorrectionState
from pipeline.records.storage import ObjectContent
from tests.unit.corrections.conftest import CANVASES

CANVAS = CANVASES[0]

FAULTS: dict[str, Callable[[Any], None]] = {
    "missing_image": lambda game: game.send("b", None),
    "image_too_large": lambda game: game.send("b", game.canvases[1] + bytes(300_000)),
    "unreadable_image": lambda game: game.send("b", truncated_png(np.random.default_rng(0))),
    "blank": lambda game: game.send("b", blank_png()),
    "unknown_label": lambda game: game.send("b", game.canvases[1], correctedLabel="mug"),
    "unsafe_path": lambda game: game.send(
        "b", game.canvases[1], imageStoragePath="drawings/corrections/../../b.png"
    ),
    "malformed_document": lambda game: game.send(
        "b", game.canvases[1], userId={"nested": [None, b"\0"]}
    ),
    "missing_player": lambda game: game.send("b", game.canvases[1], userId=""),
    "duplicate": lambda game: game.send("b", game.canvases[0]),
    "unsafe_id": lambda game: game.send(
        "b\0", game.canvases[1], imageStoragePath="drawings/corrections/b.png"
    ),
}


@pytest.mark.parametrize(("reason", "send_faulty"), FAULTS.items(), ids=FAULTS)
def test_a_plain_fault_is_refused_with_its_reason_and_stops_nothing(
    reason: str, send_faulty: Callable[[Any], None], game: Any
) -> None:
    game.send("a", game.canvases[0])
    send_faulty(game)
    game.send("c", game.canvases[2])
    harvest = game.collect()
    assert harvest.ids.tolist() == ["a", "c"]
    (verdict,) = harvest.unusable.values()
    assert (verdict.state, verdict.reason) == (CorrectionState.REFUSED, reason)


STROKES = [{"x": [0, 100, 100], "y": [0, 0, 50]}, {"x": [20, 80], "y": [90, 10]}]


def test_a_correction_that_carries_strokes_is_drawn_from_them_and_needs_no_canvas(
    game: Any,
) -> None:
    game.send("a", None, strokes=STROKES)
    harvest = game.collect()
    assert np.array_equal(harvest.images[0], render_strokes(STROKES))
    assert harvest.generations.tolist() == [0]


@pytest.mark.parametrize("strokes", [[], {}, "", None, "no list", [{"x": [1], "y": [1, 2]}], 7])
def test_strokes_that_cannot_be_drawn_leave_the_canvas(strokes: Any, game: Any) -> None:
    game.send("a", game.canvases[0], strokes=strokes)
    harvest = game.collect()
    assert np.array_equal(harvest.images[0], normalize_canvas(game.canvases[0]))


@pytest.mark.parametrize(
    ("strokes", "reason"),
    [([{"x": [], "y": []}], "blank"), ("no list", "malformed_strokes"), ([], "malformed_document")],
)
def test_bad_strokes_and_no_canvas_are_refused_for_the_strokes(
    strokes: Any, reason: str, game: Any
) -> None:
    game.send("a", None, strokes=strokes, imageStoragePath=None)
    assert [verdict.reason for verdict in game.collect().unusable.values()] == [reason]


ENCODED = base64.b64encode(CANVAS).decode()


@pytest.mark.parametrize(
    "image",
    [
        ENCODED, f"data:image/png;base64,{ENCODED}", f"DATA:image/PNG;base64,{ENCODED}", CANVAS,
        f" {ENCODED[:9]}\n{ENCODED[9:]}\n", ENCODED.rstrip("="),
        ENCODED.replace("+", "-").replace("/", "_"),
    ],
    ids=["base64", "data URL", "capitals", "bytes", "lines", "no padding", "URL alphabet"],
)  # fmt: skip
def test_a_canvas_in_the_document_needs_none_in_storage(image: Any, game: Any) -> None:
    game.send("a", None, imageData=image, imageStoragePath=None)
    harvest = game.collect()
    assert np.array_equal(harvest.images[0], normalize_canvas(CANVAS))


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (7, "unreadable_image"),
        ("not base64", "unreadable_image"),
        ("data:image/png,abc", "unreadable_image"),
        ("data:;base64", "unreadable_image"),
        (base64.b64encode(b"no picture").decode(), "unreadable_image"),
        ("A" * 400_000, "image_too_large"),
        (bytes(300_000), "image_too_large"),
        (f"data:{'x' * 1000};base64,{ENCODED}", "unreadable_image"),
        ("\u017f" * 100, "unreadable_image"),
    ],
)
def test_a_canvas_in_the_document_that_is_none_is_refused(
    image: Any, reason: str, game: Any
) -> None:
    game.send("a", None, imageData=image, imageStoragePath=None)
    assert [verdict.reason for verdict in game.collect().unusable.values()] == [reason]


@pytest.mark.parametrize("value", [None, 7, float("nan"), b"x", [[]], {"a": {}}, "x" * 10**6, True])
@pytest.mark.parametrize(
    "name", ["correctedLabel", "imageStoragePath", "timestamp", "confidence", "drawingId"]
)
def test_documents_of_hostile_types_stop_nothing(name: str, value: Any, game: Any) -> None:
    game.send("a", game.canvases[0], **{name: value})
    game.send("b", game.canvases[1])
    harvest = game.collect()
    assert sorted([*harvest.ids.tolist(), *harvest.unusable]) == ["a", "b"]
    assert "b" in harvest.ids.tolist()


def test_a_store_that_does_not_answer_stops_the_harvest_as_retryable(
    game: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        game.send(f"c{number:02d}", game.canvases[number % 12])

    def fetch(path: str, max_bytes: int) -> ObjectContent:
        raise Unavailable(path)

    monkeypatch.setattr(game.artefacts, "fetch", fetch)
    with pytest.raises(Retryable):
        game.collect()


def test_a_progress_callback_that_raises_stops_the_harvest(game: Any) -> None:
    for number in range(40):
        game.send(f"c{number:02d}", game.canvases[number % 12])

    def stop(message: str, done: int = 0, total: int = 0) -> None:
        if done == 2:
            raise Unavailable(message)

    with pytest.raises(Unavailable):
        game.collect(on_progress=stop)


def test_nothing_pending_is_an_empty_harvest(game: Any) -> None:
    harvest = game.collect()
    assert (harvest.images.shape, harvest.labels.shape, harvest.ids.shape) == (
        (0, 28, 28),
        (0,),
        (0,),
    )
    assert harvest.unusable == {}


def test_only_what_is_pending_is_collected(game: Any) -> None:
    game.send("a", game.canvases[0], status="merged")
    game.send("b", game.canvases[1], status="refused")
    game.send("c", game.canvases[2])
    assert game.collect().ids.tolist() == ["c"]


def test_of_copies_the_first_by_id_counts_although_other_players_sent_them(game: Any) -> None:
    for name in ("d", "b", "c"):
        game.send(name, game.canvases[0], userId=name)
    harvest = game.collect()
    assert harvest.ids.tolist() == ["b"]
    assert {name: verdict.reason for name, verdict in harvest.unusable.items()} == {
        "c": "duplicate",
        "d": "duplicate",
    }
    assert all("correction b" in verdict.explanation for verdict in harvest.unusable.values())


def test_a_refused_correction_is_no_original_of_a_duplicate(game: Any) -> None:
    game.send("a", game.canvases[0], correctedLabel="mug")
    game.send("b", game.canvases[0])
    assert game.collect().ids.tolist() == ["b"]


def test_a_harvest_is_in_order_of_id_though_canvases_are_fetched_at_once(game: Any) -> None:
    names = [f"c{number:02d}" for number in np.random.default_rng(0).permutation(12)]
    for name, png in zip(names, game.canvases, strict=True):
        game.send(name, png)
    assert game.collect().ids.tolist() == sorted(names)


def test_the_hash_of_a_player_depends_on_the_key(game: Any) -> None:
    game.send("a", game.canvases[0])
    first = game.collect().players[0]
    game.settings = game.settings.model_copy(
        update={"player_key": type(game.settings.player_key)("another-key-entirely")}
    )
    assert game.collect().players[0] != first
    assert first != hashlib.sha256(b"ada@example.org").hexdigest()


def test_progress_ends_at_its_total(game: Any) -> None:
    game.send("a", game.canvases[0])
    game.send("b", None)
    reports: list[tuple[str, int, int]] = []
    game.collect(
        on_progress=lambda message, done=0, total=0: reports.append((message, done, total))
    )
    assert [tuple(rest) for message, *rest in reports if message == "collecting corrections"] == [
        (1, 2),
        (2, 2),
    ]


@pytest.mark.parametrize("size", [1, 2, 5, 7, 100])
def test_batches_of_any_size_give_the_same_harvest(game: Any, size: int) -> None:
    for number, png in enumerate([*game.canvases, game.canvases[3], game.canvases[0]]):
        game.send(f"c{number:02d}", png, correctedLabel="mug" if number == 5 else "sun")
    whole = game.collect()
    game.settings = game.settings.model_copy(update={"collect_batch": size})
    batched = game.collect()
    assert batched.unusable == whole.unusable
    assert all(
        np.array_equal(
            getattr(batched, name),
            getattr(whole, name),
            equal_nan=name in {"confidences", "chances"},
        )
        for name in COLUMNS
    )
