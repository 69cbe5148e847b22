"""A folder of corrections is read without following paths that lead out of it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.players.canvases import SentCorrection, player_corrections
from emulator.players.corrections_folder import read_corrections
from emulator.players.sketches import sketch_rows
from pipeline.categories import CATEGORIES
from pipeline.errors import RedrawError
from tests._examples import examples


def written(folder: Path, *lines: object) -> Path:
    text = "".join(
        (line if isinstance(line, str) else json.dumps(line, ensure_ascii=False)) + "\n"
        for line in lines
    )
    (folder / "corrections.jsonl").write_text(text, encoding="utf-8")
    return folder


def put(folder: Path, path: str, body: bytes) -> None:
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(body)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    rows = {category: sketch_rows(category, 3, 0) for category in CATEGORIES}
    corrections = list(player_corrections(rows, 20, 4, "v1.0.0", faulty=0.4))
    lines = []
    for correction in corrections:
        lines.append(
            {"id": correction.id}
            | correction.fields
            | {"timestamp": str(correction.fields["timestamp"])}
        )
        if correction.png is not None:
            put(tmp_path / "objects", str(correction.path), correction.png)
    assert list(read_corrections(written(tmp_path, *lines))) == corrections


def test_a_document_without_status_is_pending_and_one_with_keeps_it(tmp_path: Path) -> None:
    new, old = read_corrections(written(tmp_path, {"id": "a"}, "", {"id": "b", "status": "merged"}))
    assert new == SentCorrection("a", {"status": "pending"}, None, None)
    assert old.fields["status"] == "merged"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-01-05T09:00:00+00:00", datetime(2026, 1, 5, 9, tzinfo=UTC)),
        ("2026-01-05T10:00:00Z", datetime(2026, 1, 5, 10, tzinfo=UTC)),
        ("2026-01-05T09:00:00", datetime(2026, 1, 5, 9, tzinfo=UTC)),
        ("yesterday", "yesterday"),
        (123456789, 123456789),
        (None, None),
        ([1], [1]),
    ],
)
def test_a_timestamp_becomes_a_datetime_where_it_is_one_and_stays_as_it_is_otherwise(
    tmp_path: Path, text: object, value: object
) -> None:
    (correction,) = read_corrections(written(tmp_path, {"id": "a", "timestamp": text}))
    assert correction.fields["timestamp"] == value


def test_odd_fields_are_handed_on_as_they_are(tmp_path: Path) -> None:
    odd = {
        "id": "a",
        "correctedLabel": 7,
        "userId": None,
        "imageStoragePath": 5,
        "extra": {"кот": [1.5]},
    }
    (correction,) = read_corrections(written(tmp_path, odd))
    assert {"id": "a"} | correction.fields == odd | {"status": "pending"}
    assert (correction.path, correction.png) == (None, None)


@pytest.mark.parametrize(
    "path",
    [
        "drawings/../../secret.png", "../secret.png", "gs://another-bucket/secret.png",
        "", ".", "..", "drawings//a.png", "..\\secret.png",
        "a\0b", "link/secret.png", "circle/x.png", "x" * 5000, "\ud800",
    ],
)  # fmt: skip
def test_paths_that_lead_out_of_the_folder_are_not_followed(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "sent"
    put(folder, "objects/drawings/a.png", b"fine")
    put(tmp_path, "secret.png", b"secret")
    (folder / "objects" / "link").symlink_to(tmp_path)
    (folder / "objects" / "circle").symlink_to(folder / "objects" / "circle")
    put(folder, "secret.png", b"secret")
    document = json.dumps({"id": "a", "imageStoragePath": path})
    (correction,) = read_corrections(written(folder, document))
    assert correction.png is None
    assert correction.fields["imageStoragePath"] == path


def test_an_absolute_path_is_not_followed(tmp_path: Path) -> None:
    put(tmp_path, "secret.png", b"secret")
    folder = tmp_path / "sent"
    folder.mkdir()
    (correction,) = read_corrections(
        written(folder, {"id": "a", "imageStoragePath": str(tmp_path / "secret.png")})
    )
    assert (correction.path, correction.png) == (None, None)


pieces = st.sampled_from(
    [
        "..",
        ".",
        "",
        "objects",
        "drawings",
        "a.png",
        "secret.png",
        "corrections.jsonl",
        "up",
        "~",
        "\0",
    ]
)
paths = st.lists(pieces, max_size=6).map("/".join) | st.text(max_size=20)


@given(paths)
@settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_nothing_but_objects_is_ever_read(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "sent"
    if not folder.exists():
        put(folder, "objects/drawings/a.png", b"fine")
        put(folder, "objects/a.png", b"fine")
        (folder / "objects" / "up").symlink_to(folder)
        for place in (tmp_path, folder, folder / "drawings"):
            put(place, "secret.png", b"secret")
            put(place, "a.png", b"secret")
    (correction,) = read_corrections(
        written(folder, json.dumps({"id": "a", "imageStoragePath": path}))
    )
    assert correction.png in {None, b"fine"}
    assert correction.png is None or correction.path == path


def test_a_folder_in_an_objects_place_is_no_object(tmp_path: Path) -> None:
    put(tmp_path, "objects/drawings/a.png/x", b"")
    (correction,) = read_corrections(
        written(tmp_path, {"id": "a", "imageStoragePath": "drawings/a.png"})
    )
    assert correction.png is None


def test_a_missing_file_is_reported_at_once_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RedrawError, match=r"no .*corrections\.jsonl: name a folder"):
        read_corrections(tmp_path)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('{"id": "b"', "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[1]", "a JSON list, not a document"),
        ('{"drawingId": "d"}', "no usable id"),
        ('{"id": 5}', "no usable id"),
        ('{"id": "a/b"}', "no usable id"),
        ('{"id": ""}', "no usable id"),
    ],
)
def test_a_malformed_line_is_named_by_its_number_after_the_good_ones_before_it(
    tmp_path: Path, line: str, complaint: str
) -> None:
    reading = read_corrections(written(tmp_path, {"id": "a"}, "", line, {"id": "c"}))
    assert next(reading).id == "a"
    with pytest.raises(RedrawError, match=f"line 3 .*{complaint}|line 3 {complaint}") as caught:
        next(reading)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_utf_8_is_a_malformed_line(tmp_path: Path) -> None:
    (tmp_path / "corrections.jsonl").write_bytes(b'{"id": "\xff"}\n')
    with pytest.raises(RedrawError, match="line 1 is not JSON"):
        next(read_corrections(tmp_path))
