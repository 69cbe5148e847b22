"""What attackers send is refused before a canvas is fetched or, at the latest, decoded."""

import zlib
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from PIL import ImageFile

from emulator.players.canvases import canvas_png
from emulator.players.sketches import sketch_rows
from pipeline.bootstrap import in_memory
from pipeline.corrections.gathering import gather, read_harvest
from pipeline.records.storage import ObjectContent
from pipeline.settings import Settings

CANVAS = canvas_png(sketch_rows("cat", 1, 0)[0].reshape(28, 28), np.random.default_rng(0))
HERE = "drawings/corrections/"
PATHS = [
    "",
    " ",
    "/",
    ".",
    "..",
    "\0",
    "d1.png",
    "/d1.png",
    "../d1.png",
    "corrections/d1.png",
    "drawings/d1.png",
    HERE,
    HERE[:-1],
    f"{HERE}.png",
    f"{HERE}..png",
    f"{HERE}../../etc/passwd",
    f"{HERE}../corrections/d1.png",
    f"{HERE}./d1.png",
    f"{HERE}a/d1.png",
    f"{HERE}/d1.png",
    f"/{HERE}d1.png",
    f"./{HERE}d1.png",
    f"{HERE}d1.png/",
    f"{HERE}d1.png/../../x.png",
    f"{HERE}d1.PNG",
    f"{HERE}d1.png\n",
    f"{HERE}d1.png\0",
    f"{HERE}d1.png?x=.png",
    f"{HERE}d1.png#.png",
    f"{HERE}%2e%2ex.png",
    f"{HERE}d\n1.png",
    f"{HERE}d 1.png",
    f"{HERE}d\u202e1.png",
    f"{HERE}рис.png",
    f"{HERE}{'d' * 129}.png",
    f"{HERE}*.png",
    f"gs://another-bucket/{HERE}d1.png",
    "https://169.254.169.254/computeMetadata/v1/",
    "file:///etc/passwd",
    "models/production/v1.0.0/manifest.json",
    f"{HERE}..\\..\\d1.png",
    "x" * 1_000_000,
]
DEEP: Any = []
for _ in range(19):
    DEEP = [DEEP]
DOCUMENTS: list[dict[str, Any]] = [
    {},
    {"correctedLabel": "cat"},
    {"correctedLabel": None},
    {"correctedLabel": 7},
    {"correctedLabel": b"cat"},
    {"correctedLabel": ["cat"]},
    {"correctedLabel": {"$ne": None}},
    {"correctedLabel": "x" * 1_000_000},
    {"correctedLabel": DEEP},
    {"userId": None},
    {"userId": {"a": "b"}},
    {"userId": 7.5},
    {"userId": [b"\xff"]},
    {"timestamp": "yesterday"},
    {"timestamp": DEEP},
    {"timestamp": float("nan")},
    {"timestamp": -(10**30)},
    {"imageStoragePath": {"path": f"{HERE}d1.png"}},
    {"imageStoragePath": [f"{HERE}d1.png"]},
    {"imageStoragePath": None, "strokes": DEEP},
    {"imageStoragePath": 7, "imageData": b"\0"},
]


HARMLESS: list[dict[str, Any]] = [
    {"confidence": "very"},
    {"confidence": "87%"},
    {"sessionId": 7},
    {"drawingId": {"a": DEEP}},
    {"modelVersion": b"\0"},
    {"modelVersion": 1.0},
    {"originalPrediction": ["cat"] * 10**5},
    {"strokes": []},
    {"strokes": DEEP},
    {"imageData": DEEP},
    {"userId": 7},
    *({name: None} for name in ("confidence", "sessionId", "drawingId", "modelVersion",
                                "originalPrediction", "strokes", "imageData")),
]  # fmt: skip


def sound(**changes: Any) -> dict[str, Any]:
    fields = {
        "correctedLabel": "cat",
        "imageStoragePath": f"{HERE}d1.png",
        "userId": "ada",
        "timestamp": datetime(2026, 1, 1, tzinfo=UTC),
        "status": "pending",
    }
    return fields | changes


def bomb(side: int) -> bytes:
    """A small PNG that decodes to side x side pixels of four bytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")
        )

    header = side.to_bytes(4, "big") * 2 + bytes([8, 6, 0, 0, 0])
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(bytes(1 + side * 4)) for _ in range(side)) + packer.flush()
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


class Watch:
    """Records which canvases are fetched, and how many are decoded."""

    def __init__(self, ports: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fetched: list[str] = []
        self.decoded = 0
        fetch, load = ports.artefacts.fetch, ImageFile.ImageFile.load

        def counted(path: str, max_bytes: int) -> ObjectContent:
            self.fetched.append(path)
            content: ObjectContent = fetch(path, max_bytes)
            return content

        def decoding(picture: Any) -> Any:
            self.decoded += 1
            return load(picture)

        monkeypatch.setattr(ports.artefacts, "fetch", counted)
        monkeypatch.setattr(ImageFile.ImageFile, "load", decoding)


@pytest.fixture
def ports() -> Any:
    ports: Any = in_memory()
    ports.artefacts.objects[f"{HERE}d1.png"] = CANVAS
    return ports


@pytest.fixture
def watch(ports: Any, monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(ports, monkeypatch)


def read_reasons(ports: Any, settings: Settings) -> dict[str, str]:
    assert gather("run", ports, settings)
    return {
        name: verdict.reason
        for name, verdict in read_harvest("run", ports.artefacts).unusable.items()
    }


def test_for_a_hostile_path_nothing_is_fetched(
    ports: Any, settings: Settings, watch: Watch
) -> None:
    assert len(set(PATHS)) >= 40
    ports.corrections.documents = {
        f"c{n:02d}": sound(imageStoragePath=path) for n, path in enumerate(PATHS)
    }
    assert set(read_reasons(ports, settings).values()) == {"unsafe_path"}
    assert (watch.fetched, watch.decoded) == ([], 0)


def test_for_a_hostile_document_nothing_is_fetched(
    ports: Any, settings: Settings, watch: Watch
) -> None:
    assert len(DOCUMENTS) >= 20
    for number, changes in enumerate(DOCUMENTS):
        fields = (
            sound(**changes) if len(changes) and number > 1 else {**changes, "status": "pending"}
        )
        ports.corrections.documents[f"c{number:02d}"] = fields
    refused = read_reasons(ports, settings)
    assert len(refused) == len(DOCUMENTS)
    assert set(refused.values()) == {
        "malformed_document", "missing_player", "unknown_label", "malformed_strokes",
        "unreadable_image",
    }  # fmt: skip
    assert (watch.fetched, watch.decoded) == ([], 0)


@pytest.mark.parametrize("changes", HARMLESS, ids=lambda changes: f"{changes!r:.40}")
def test_a_field_that_is_not_needed_refuses_nothing(
    ports: Any, settings: Settings, changes: dict[str, Any]
) -> None:
    ports.corrections.documents = {"c": sound(**changes)}
    assert read_reasons(ports, settings) == {}
    assert read_harvest("run", ports.artefacts).ids.tolist() == ["c"]


def test_documents_with_hostile_ids_are_refused_unread(
    ports: Any, settings: Settings, watch: Watch
) -> None:
    ports.corrections.documents = {"a\0": sound(), "i" * 1500: sound(), "\U0001f600" * 129: sound()}
    assert set(read_reasons(ports, settings).values()) == {"unsafe_id"}
    assert watch.fetched == []


def test_a_bomb_is_refused_before_a_pixel_is_decoded(
    ports: Any, settings: Settings, watch: Watch
) -> None:
    data = bomb(5000)
    assert len(data) < settings.max_canvas_bytes
    ports.artefacts.objects[f"{HERE}d1.png"] = data
    ports.corrections.documents = {"bomb": sound()}
    assert read_reasons(ports, settings) == {"bomb": "unreadable_image"}
    assert watch.decoded == 0


def test_among_all_of_them_an_honest_correction_is_collected(
    ports: Any, settings: Settings, watch: Watch
) -> None:
    attacks = [*({"imageStoragePath": path} for path in PATHS), *DOCUMENTS[2:]]
    ports.corrections.documents = {
        f"c{n:03d}": sound(**changes) for n, changes in enumerate(attacks)
    } | {"honest": sound()}
    assert len(read_reasons(ports, settings)) == len(attacks)
    assert read_harvest("run", ports.artefacts).ids.tolist() == ["honest"]
    assert watch.fetched == [f"{HERE}d1.png"]
