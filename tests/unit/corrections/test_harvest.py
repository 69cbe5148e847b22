"""A harvest: its columns, and the file in which it is stored."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from pipeline.categories import CATEGORIES
from pipeline.corrections.collect import COLUMNS, dump_harvest, load_harvest
from pipeline.drawings import normalize_canvas
from pipeline.errors import InvalidDataset


def test_images_labels_and_players_belong_to_their_ids(game: Any) -> None:
    for number, png in enumerate(game.canvases[:4]):
        game.send(
            f"c{number}",
            png,
            correctedLabel=("sun", "moon")[number % 2],
            userId=f"player-{number % 3}",
        )
    harvest = game.collect()
    for image, png in zip(harvest.images, game.canvases, strict=False):
        assert np.array_equal(image, normalize_canvas(png))
    assert harvest.labels.tolist() == [CATEGORIES.index("sun"), CATEGORIES.index("moon")] * 2
    assert harvest.players[0] == harvest.players[3]
    assert len(set(harvest.players.tolist())) == 3


def test_a_player_is_never_in_clear_in_what_is_stored(game: Any) -> None:
    game.send("a", game.canvases[0])
    game.send("b", None)
    game.send("c", game.canvases[2], timestamp="never")
    harvest = game.collect()
    stored = (
        b"".join(np.asarray(part).tobytes() for part in harvest[:4])
        + repr(harvest.unusable).encode()
    )
    for clear in ("ada@example.org", "example.org"):
        for encoded in (clear.encode(), clear.encode("utf-32-le")):
            assert encoded not in stored
            assert encoded not in dump_harvest(harvest)


def test_a_harvest_comes_back_from_storage_as_it_was(game: Any) -> None:
    for number, png in enumerate(game.canvases[:5]):
        game.send(f"c{number}", png, correctedLabel="mug" if number == 2 else "sun")
    harvest = game.collect()
    loaded = load_harvest(dump_harvest(harvest))
    assert loaded.unusable == harvest.unusable
    for name in ("images", "labels", "ids", "players"):
        assert np.array_equal(getattr(loaded, name), getattr(harvest, name)), name


def test_an_empty_harvest_comes_back_from_storage(game: Any) -> None:
    loaded = load_harvest(dump_harvest(game.collect()))
    assert (loaded.images.shape, loaded.unusable) == ((0, 28, 28), {})


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x93NUMPY", b"harvest"])
def test_bytes_that_are_no_harvest_are_an_invalid_data_set(data: bytes) -> None:
    with pytest.raises(InvalidDataset, match="request another run"):
        load_harvest(data)


def test_a_harvest_cut_off_anywhere_is_an_invalid_data_set(game: Any) -> None:
    game.send("a", game.canvases[0])
    data = dump_harvest(game.collect())
    for length in range(0, len(data), 29):
        with pytest.raises(InvalidDataset):
            load_harvest(data[:length])


def test_what_the_model_guessed_belongs_to_its_correction(game: Any) -> None:
    sent = {
        "a": {"originalPrediction": "Smiley Face", "confidence": 0.25, "modelVersion": "v1.0.0"},
        "b": {"originalPrediction": "mug", "confidence": 1.5, "modelVersion": "v" * 100},
        "c": {"originalPrediction": None, "confidence": float("nan")},
        "d": {"originalPrediction": "", "confidence": -0.1, "modelVersion": "a\0b"},
        "e": {"confidence": 1},
    }
    for png, (name, fields) in zip(game.canvases, sent.items(), strict=False):
        game.send(name, png, **fields)
    harvest = game.collect()
    assert harvest.ids.tolist() == list(sent)
    assert harvest.guesses.tolist() == [CATEGORIES.index("smiley_face"), 255, 255, 255, 255]
    assert np.array_equal(
        harvest.confidences, np.array([0.25, np.nan, np.nan, np.nan, 1], np.float32), equal_nan=True
    )
    assert harvest.versions.tolist() == ["v1.0.0", "v" * 32, "", "ab", ""]
    canvases = game.artefacts.list("drawings/")
    assert harvest.generations.tolist() == [canvas.generation for canvas in canvases]
    assert harvest.sent_at.tolist() == [datetime(2026, 1, 1, tzinfo=UTC).timestamp()] * 5


def test_all_columns_of_a_harvest_are_of_one_length_and_their_kind(game: Any) -> None:
    answer = ["uint8", "float32", "U", "uint8", "float32"]
    kinds = ["uint8", "uint8", *"UU", *answer, "int64", "float64", "int64"]
    for count in range(3):
        game.send(f"c{count}", game.canvases[count])
        harvest = game.collect()
        for column, kind in zip(COLUMNS, kinds, strict=True):
            values = getattr(harvest, column)
            assert len(values) == count + 1
            assert kind in {values.dtype.kind, values.dtype.name}, column


def test_a_label_written_carelessly_is_the_class(game: Any) -> None:
    game.send("a", game.canvases[0], correctedLabel="Smiley Face ")
    assert game.collect().labels.tolist() == [CATEGORIES.index("smiley_face")]
