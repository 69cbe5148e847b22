"""The contract of a CorrectionSource: creating a document as the game's clients do."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline.corrections.game_schema import read_schema
from pipeline.ports import CorrectionSource
from pipeline.records.corrections import GAME_FIELDS
from pipeline.setting_groups import GameSettings
from pipeline.settings import Settings

FIELDS: dict[str, Any] = {
    "drawingId": "d1",
    "correctedLabel": "smiley_face",
    "originalPrediction": "airplane",
    "confidence": 0.25,
    "userId": "ada",
    "modelVersion": "v1.0.0",
    "status": "pending",
    "strokes": [{"x": [1, 2.5], "y": [3, 4]}],
}
CATEGORIES = Settings(_env_file=None).categories  # type: ignore[call-arg]


def test_a_document_has_the_server_s_time_and_is_pending(
    world: Any, corrections: CorrectionSource
) -> None:
    assert corrections.create("d1", FIELDS) is True
    written = dict(world.look("d1"))
    assert abs(written.pop("timestamp") - datetime.now(UTC)) < timedelta(minutes=1)
    assert written == FIELDS
    assert [document.id for document in corrections.pending()] == ["d1"]
    assert corrections.pending_since(datetime.now(UTC) + timedelta(hours=1)) is not None


def test_what_there_is_stays(world: Any, corrections: CorrectionSource) -> None:
    world.put("d1", {"userId": "bob"})
    assert corrections.create("d1", FIELDS) is False
    assert world.look("d1") == {"userId": "bob"}


def test_of_several_at_once_one_creates_it(corrections: CorrectionSource, at_once: Any) -> None:
    made = at_once([lambda: corrections.create("d1", FIELDS)] * 4)
    assert sorted(made) == [False, False, False, True]


NAMES = st.dictionaries(
    st.sampled_from([name for name in GAME_FIELDS if name != "status"]),
    st.sampled_from(["a", "b.c", "b.d", "deep.er.e", "f", "g", "deep.h"]),
    max_size=5,
).filter(lambda names: len(set(names.values())) == len(names))


@given(names=NAMES, word=st.sampled_from(["", "smiley", "Plane", "X y"]))
def test_what_is_written_is_read_as_what_was_meant(names: dict[str, str], word: str) -> None:
    labels = {word: "smiley_face"} if word else {}
    schema = read_schema(GameSettings(fields=names, labels=labels), CATEGORIES)
    read = schema.read("d1", schema.write(FIELDS))
    assert {name: read[name] for name in FIELDS} == FIELDS


def test_a_word_of_the_game_is_a_label_in_any_case() -> None:
    schema = read_schema(GameSettings(labels={"smiley": "smiley_face"}), CATEGORIES)
    read = [
        schema.read_label(text)
        for text in ("SMILEY ", "smiley-face", "Cat", "mug", "\u0441\u0430t")
    ]
    assert read == ["smiley_face", "smiley_face", "cat", None, None]
