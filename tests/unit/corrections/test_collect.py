"""A harvest: each plain fault is refused with its reason and stops nothing; no player is named."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from emulator.players.canvases import blank_png, canvas_png, truncated_png
from emulator.players.sketches import sketch_rows
from pipeline.bootstrap import in_memory
from pipeline.categories import LABELS
from pipeline.corrections.collect import COLUMNS, Harvest, dump_harvest, load_harvest
from pipeline.corrections.gathering import gather, read_harvest
from pipeline.drawings import normalize_canvas, render_strokes
from pipeline.errors import InvalidDataset, Retryable, Unavailable
from pipeline.records.corrections import CorrectionState
from pipeline.records.storage import ObjectContent
from pipeline.settings import Settings

RNG = np.random.default_rng(5)
CANVASES = [canvas_png(row.reshape(28, 28), RNG) for row in sketch_rows("cat", 12, 0)]


class House:
    """Corrections and canvases in memory."""

    def __init__(self, settings: Settings) -> None:
        self.ports: Any = in_memory()
        self.runs = 0
        self.corrections, self.artefacts, self.settings = (
            self.ports.corrections,
            self.ports.artefacts,
            settings,
        )

    def send(self, name: str, png: bytes | None, **changes: Any) -> None:
        path = f"drawings/corrections/{name}.png"
        fields = {
            "correctedLabel": "cat",
            "userId": "ada@example.org",
            "timestamp": datetime(2026, 1, 1, tzinfo=UTC),
        }
        self.corrections.documents[name] = {
            **fields,
            "imageStoragePath": path,
            "status": "pending",
            **changes,
        }
        if png is not None:
            self.artefacts.objects[path] = png

    def collect(self, **options: Any) -> Harvest:
        self.runs += 1  # each call is a run of its own
        assert gather(f"run-{self.runs}", self.ports, self.settings, **options)
        return read_harvest(f"run-{self.runs}", self.artefacts)


@pytest.fixture
def house(settings: Settings) -> House:
    return House(settings)


FAULTS: dict[str, Callable[[House], None]] = {
    "missing_image": lambda house: house.send("b", None),
    "image_too_large": lambda house: house.send("b", CANVASES[1] + bytes(300_000)),
    "unreadable_image": lambda house: house.send("b", truncated_png(np.random.default_rng(0))),
    "blank": lambda house: house.send("b", blank_png()),
    "unknown_label": lambda house: house.send("b", CANVASES[1], correctedLabel="mug"),
    "unsafe_path": lambda house: house.send(
        "b", CANVASES[1], imageStoragePath="drawings/corrections/../../b.png"
    ),
    "malformed_document": lambda house: house.send(
        "b", CANVASES[1], userId={"nested": [None, b"\0"]}
    ),
    "duplicate": lambda house: house.send("b", CANVASES[0]),
    "unsafe_id": lambda house: house.send(
        "b\0", CANVASES[1], imageStoragePath="drawings/corrections/b.png"
    ),
}


@pytest.mark.parametrize(("reason", "plant"), FAULTS.items(), ids=FAULTS)
def test_a_plain_fault_is_refused_with_its_reason_and_stops_nothing(
    reason: str, plant: Callable[[House], None], house: House
) -> None:
    house.send("a", CANVASES[0])
    plant(house)
    house.send("c", CANVASES[2])
    harvest = house.collect()
    assert harvest.ids.tolist() == ["a", "c"]
    (verdict,) = harvest.refused.values()
    assert (verdict.state, verdict.reason) == (CorrectionState.REFUSED, reason)


STROKES = [{"x": [0, 100, 100], "y": [0, 0, 50]}, {"x": [20, 80], "y": [90, 10]}]


def test_a_correction_that_carries_strokes_is_drawn_from_them_and_needs_no_canvas(
    house: House,
) -> None:
    house.send("a", None, strokes=STROKES)
    harvest = house.collect()
    assert np.array_equal(harvest.images[0], render_strokes(STROKES))
    assert harvest.generations.tolist() == [0]


@pytest.mark.parametrize(
    ("strokes", "reason"),
    [
        ([], "blank"),
        ("no list", "malformed_strokes"),
        ([{"x": [1], "y": [1, 2]}], "malformed_strokes"),
    ],
)
def test_bad_strokes_are_refused_with_their_reason_though_there_is_a_canvas(
    strokes: Any, reason: str, house: House
) -> None:
    house.send("a", CANVASES[0], strokes=strokes)
    assert [verdict.reason for verdict in house.collect().refused.values()] == [reason]


@pytest.mark.parametrize("value", [None, 7, float("nan"), b"x", [[]], {"a": {}}, "x" * 10**6, True])
@pytest.mark.parametrize(
    "name", ["correctedLabel", "imageStoragePath", "timestamp", "confidence", "drawingId"]
)
def test_documents_of_hostile_types_stop_nothing(name: str, value: Any, house: House) -> None:
    house.send("a", CANVASES[0], **{name: value})
    house.send("b", CANVASES[1])
    harvest = house.collect()
    assert sorted([*harvest.ids.tolist(), *harvest.refused]) == ["a", "b"]
    assert "b" in harvest.ids.tolist()


def test_a_store_that_does_not_answer_stops_the_harvest_as_retryable(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in range(40):
        house.send(f"c{each:02d}", CANVASES[each % 12])

    def fetch(path: str, max_bytes: int) -> ObjectContent:
        raise Unavailable(path)

    monkeypatch.setattr(house.artefacts, "fetch", fetch)
    with pytest.raises(Retryable):
        house.collect()


def test_a_listener_that_raises_stops_the_harvest(house: House) -> None:
    for each in range(40):
        house.send(f"c{each:02d}", CANVASES[each % 12])

    def stop(message: str, done: int = 0, total: int = 0) -> None:
        if done == 2:
            raise Unavailable(message)

    with pytest.raises(Unavailable):
        house.collect(on_progress=stop)


def test_nothing_pending_is_an_empty_harvest(house: House) -> None:
    harvest = house.collect()
    assert (harvest.images.shape, harvest.labels.shape, harvest.ids.shape) == (
        (0, 28, 28),
        (0,),
        (0,),
    )
    assert harvest.refused == {}


def test_only_what_is_pending_is_collected(house: House) -> None:
    house.send("a", CANVASES[0], status="merged")
    house.send("b", CANVASES[1], status="refused")
    house.send("c", CANVASES[2])
    assert house.collect().ids.tolist() == ["c"]


def test_of_copies_the_first_by_id_counts_whoever_sent_them(house: House) -> None:
    for name in ("d", "b", "c"):
        house.send(name, CANVASES[0], userId=name)
    harvest = house.collect()
    assert harvest.ids.tolist() == ["b"]
    assert {name: verdict.reason for name, verdict in harvest.refused.items()} == {
        "c": "duplicate",
        "d": "duplicate",
    }
    assert all("correction b" in verdict.explanation for verdict in harvest.refused.values())


def test_a_refused_correction_is_no_original_of_a_duplicate(house: House) -> None:
    house.send("a", CANVASES[0], correctedLabel="mug")
    house.send("b", CANVASES[0])
    assert house.collect().ids.tolist() == ["b"]


def test_a_harvest_is_in_order_of_id_though_canvases_are_fetched_at_once(house: House) -> None:
    names = [f"c{each:02d}" for each in np.random.default_rng(0).permutation(12)]
    for name, png in zip(names, CANVASES, strict=True):
        house.send(name, png)
    assert house.collect().ids.tolist() == sorted(names)


def test_images_labels_and_players_belong_to_their_ids(house: House) -> None:
    for each, png in enumerate(CANVASES[:4]):
        house.send(
            f"c{each}", png, correctedLabel=("sun", "moon")[each % 2], userId=f"player-{each % 3}"
        )
    harvest = house.collect()
    for image, png in zip(harvest.images, CANVASES, strict=False):
        assert np.array_equal(image, normalize_canvas(png))
    assert harvest.labels.tolist() == [LABELS["sun"], LABELS["moon"]] * 2
    assert harvest.players[0] == harvest.players[3]
    assert len(set(harvest.players.tolist())) == 3


def test_a_player_is_never_in_clear_in_what_is_stored(house: House) -> None:
    house.send("a", CANVASES[0])
    house.send("b", None)
    house.send("c", CANVASES[2], timestamp="never")
    harvest = house.collect()
    stored = (
        b"".join(np.asarray(part).tobytes() for part in harvest[:4])
        + repr(harvest.refused).encode()
    )
    for clear in ("ada@example.org", "example.org"):
        for encoded in (clear.encode(), clear.encode("utf-32-le")):
            assert encoded not in stored
            assert encoded not in dump_harvest(harvest)


def test_the_hash_of_a_player_hangs_on_the_key(house: House) -> None:
    house.send("a", CANVASES[0])
    first = house.collect().players[0]
    house.settings = house.settings.model_copy(
        update={"player_key": type(house.settings.player_key)("another-key-entirely")}
    )
    assert house.collect().players[0] != first
    assert first != hashlib.sha256(b"ada@example.org").hexdigest()


def test_progress_ends_at_its_total(house: House) -> None:
    house.send("a", CANVASES[0])
    house.send("b", None)
    told: list[tuple[str, int, int]] = []
    house.collect(on_progress=lambda message, done=0, total=0: told.append((message, done, total)))
    assert [tuple(rest) for message, *rest in told if message == "collecting corrections"] == [
        (1, 2),
        (2, 2),
    ]


def test_a_harvest_comes_back_from_storage_as_it_was(house: House) -> None:
    for each, png in enumerate(CANVASES[:5]):
        house.send(f"c{each}", png, correctedLabel="mug" if each == 2 else "sun")
    harvest = house.collect()
    loaded = load_harvest(dump_harvest(harvest))
    assert loaded.refused == harvest.refused
    for name in ("images", "labels", "ids", "players"):
        assert np.array_equal(getattr(loaded, name), getattr(harvest, name)), name


def test_an_empty_harvest_comes_back_from_storage(house: House) -> None:
    loaded = load_harvest(dump_harvest(house.collect()))
    assert (loaded.images.shape, loaded.refused) == ((0, 28, 28), {})


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x93NUMPY", b"harvest"])
def test_bytes_that_are_no_harvest_are_an_invalid_data_set(data: bytes) -> None:
    with pytest.raises(InvalidDataset, match="request another run"):
        load_harvest(data)


def test_a_harvest_cut_off_anywhere_is_an_invalid_data_set(house: House) -> None:
    house.send("a", CANVASES[0])
    data = dump_harvest(house.collect())
    for length in range(0, len(data), 29):
        with pytest.raises(InvalidDataset):
            load_harvest(data[:length])


def test_what_the_model_guessed_belongs_to_its_correction(house: House) -> None:
    sent = {
        "a": {"originalPrediction": "Smiley Face", "confidence": 0.25, "modelVersion": "v1.0.0"},
        "b": {"originalPrediction": "mug", "confidence": 1.5, "modelVersion": "v" * 100},
        "c": {"originalPrediction": None, "confidence": float("nan")},
        "d": {"originalPrediction": "", "confidence": -0.1, "modelVersion": "a\0b"},
        "e": {"confidence": 1},
    }
    for png, (name, fields) in zip(CANVASES, sent.items(), strict=False):
        house.send(name, png, **fields)
    harvest = house.collect()
    assert harvest.ids.tolist() == list(sent)
    assert harvest.guesses.tolist() == [LABELS["smiley_face"], 255, 255, 255, 255]
    assert np.array_equal(
        harvest.confidences, np.array([0.25, np.nan, np.nan, np.nan, 1], np.float32), equal_nan=True
    )
    assert harvest.versions.tolist() == ["v1.0.0", "v" * 32, "", "ab", ""]
    assert harvest.generations.tolist() == [1] * 5
    assert harvest.sent_at.tolist() == [datetime(2026, 1, 1, tzinfo=UTC).timestamp()] * 5


def test_all_columns_of_a_harvest_are_of_one_length_and_their_kind(house: House) -> None:
    kinds = ["uint8", "uint8", "U", "U", "uint8", "float32", "U", "int64", "float64"]
    for count in range(3):
        house.send(f"c{count}", CANVASES[count])
        harvest = house.collect()
        for column, kind in zip(COLUMNS, kinds, strict=True):
            values = getattr(harvest, column)
            assert len(values) == count + 1
            assert kind in {values.dtype.kind, values.dtype.name}, column


def test_a_label_written_carelessly_is_the_class(house: House) -> None:
    house.send("a", CANVASES[0], correctedLabel="Smiley Face ")
    assert house.collect().labels.tolist() == [LABELS["smiley_face"]]


@pytest.mark.parametrize("size", [1, 2, 5, 7, 100])
def test_batches_of_any_size_give_the_same_harvest(house: House, size: int) -> None:
    for each, png in enumerate([*CANVASES, CANVASES[3], CANVASES[0]]):
        house.send(f"c{each:02d}", png, correctedLabel="mug" if each == 5 else "sun")
    whole = house.collect()
    house.settings = house.settings.model_copy(update={"collect_batch": size})
    batched = house.collect()
    assert batched.refused == whole.refused
    assert all(
        np.array_equal(
            getattr(batched, name), getattr(whole, name), equal_nan=name == "confidences"
        )
        for name in COLUMNS
    )
