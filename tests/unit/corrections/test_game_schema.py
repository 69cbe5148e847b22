"""The spelling of the game: both cases by default, any other by the settings."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.indexes import INDEXES
from pipeline.bootstrap import in_memory
from pipeline.categories import CATEGORIES
from pipeline.corrections.game_schema import DEFAULT, GameSchema, read_schema
from pipeline.errors import InvalidSettings
from pipeline.setting_groups import GameSettings
from pipeline.settings import Settings
from pipeline.settings_reading import load_settings
from tests._examples import examples

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CAMEL = {
    "drawingId": "d1",
    "sessionId": "s1",
    "originalPrediction": "sun",
    "correctedLabel": "cat",
    "confidence": 0.5,
    "userId": "player",
    "timestamp": NOW,
    "modelVersion": "v1.0.0",
    "imageStoragePath": "drawings/corrections/d1.png",
    "imageData": "aGk=",
    "strokes": [],
    "status": "pending",
    "asked": "audit",
    "askedChance": 0.01,
}
SNAKE = {
    "drawing_id": "d1",
    "session_id": "s1",
    "original_prediction": "sun",
    "corrected_label": "cat",
    "confidence": 0.5,
    "user_id": "player",
    "timestamp": NOW,
    "model_version": "v1.0.0",
    "image_storage_path": "drawings/corrections/d1.png",
    "image_data": "aGk=",
    "strokes": [],
    "status": "pending",
    "asked": "audit",
    "asked_chance": 0.01,
}
anything = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())


def schema(**game: Any) -> GameSchema:
    return read_schema(GameSettings(**game), CATEGORIES)


def test_fields_in_snake_case_are_the_same_fields() -> None:
    assert DEFAULT.read("c", SNAKE) == SNAKE | CAMEL


def test_of_both_spellings_camel_case_counts() -> None:
    assert DEFAULT.read("c", {"user_id": "a", "userId": "b"})["userId"] == "b"


def test_a_field_in_camel_case_alone_is_as_it_was() -> None:
    assert DEFAULT.read("c", CAMEL) == CAMEL


@given(st.dictionaries(st.sampled_from([*CAMEL, *SNAKE, "other"]), anything))
@settings(max_examples=examples(100))
def test_whatever_a_document_holds_reading_it_twice_changes_nothing_more(
    fields: dict[str, Any],
) -> None:
    once = DEFAULT.read("c", fields)
    assert {name: once[name] for name in fields} == fields
    assert DEFAULT.read("c", once) == once
    schema(fields={"correctedLabel": "other"}, labels={"x": "cat"}).read("c", fields)


def test_a_name_of_the_settings_replaces_ours() -> None:
    read = schema(fields={"correctedLabel": "target"}).read("c", {"target": "cat", "n": 1})
    assert read == {"target": "cat", "n": 1, "correctedLabel": "cat"}


def test_our_own_name_means_nothing_where_the_settings_name_another() -> None:
    spelling = schema(fields={"correctedLabel": "target"})
    assert "correctedLabel" not in spelling.read("c", {"correctedLabel": "cat"})


def test_a_dot_leads_into_a_map() -> None:
    spelling = schema(fields={"modelVersion": "model.version"})
    assert spelling.read("c", {"model": {"version": "v1.0.0"}})["modelVersion"] == "v1.0.0"
    assert "modelVersion" not in spelling.read("c", {"model": "v1.0.0"})


def test_a_game_may_say_in_its_own_words_how_an_answer_came_about() -> None:
    spelling = schema(fields={"asked": "question.reason", "askedChance": "question.p"})
    read = spelling.read("c", {"question": {"reason": "margin", "p": 1}, "asked": "audit"})
    assert (read["asked"], read["askedChance"]) == ("margin", 1)


@pytest.mark.parametrize("word", ["smiley", "Smiley", " SMILEY ", "smiley_face"])
def test_a_word_of_the_game_is_its_class(word: str) -> None:
    read = schema(labels={"smiley": "smiley face"}).read("c", {"correctedLabel": word})
    assert read["correctedLabel"] == "smiley_face"


@pytest.mark.parametrize("player", ["", None, " ", "Anon"])
def test_a_document_without_a_player_is_what_the_settings_say(player: Any) -> None:
    fields = {"userId": player}

    def read_as(choice: str, name: str = "c1") -> Any:
        spelling = schema(without_player=choice, player_placeholders=["Anon"])
        return spelling.read(name, dict(fields)).get("userId")

    assert not (read_as("refuse") or "").strip()
    assert read_as("one") == read_as("one", "c2") != ""
    assert read_as("each") == read_as("each") != read_as("each", "c2")


@pytest.mark.parametrize(
    ("game", "named"),
    [
        ({"fields": {"correctLabel": "x"}}, "REDRAW_GAME_FIELDS: 'correctLabel' is no field"),
        ({"fields": {"userId": ""}}, "REDRAW_GAME_FIELDS: '' is no name for userId"),
        ({"fields": {"userId": "a..b"}}, "is no name for userId"),
        ({"fields": {"status": "a.b"}}, "is no name for status"),
        ({"labels": {"mug": "coffee"}}, "REDRAW_GAME_LABELS: 'coffee' is no class"),
    ],
)
def test_settings_that_name_what_is_not_there_are_refused(game: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidSettings, match=named):
        schema(**game)


def test_the_settings_are_json_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDRAW_GAME_COLLECTION", "user_drawings")
    monkeypatch.setenv("REDRAW_GAME_FIELDS", '{"correctedLabel": "targetCategory"}')
    monkeypatch.setenv("REDRAW_GAME_NEW", '{"usedForTraining": false}')
    game = load_settings().game
    assert (game.collection, game.fields) == (
        "user_drawings",
        {"correctedLabel": "targetCategory"},
    )
    assert game.new["usedForTraining"] is False


@pytest.mark.parametrize("value", ["{", "targetCategory", "[1]", '{"userId": 7}', '{"userId": []}'])
def test_settings_that_are_no_such_json_are_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDRAW_GAME_FIELDS", value)
    with pytest.raises(InvalidSettings) as refused:
        load_settings()
    assert "\n" not in str(refused.value)
    assert "game" in str(refused.value).lower()


def test_the_indexes_of_the_default_are_those_of_the_emulator() -> None:
    assert DEFAULT.list_indexes() == json.loads(INDEXES.read_text())["indexes"]


def test_every_field_that_is_read_is_listed() -> None:
    spelling = schema(fields={"imageData": "canvas.png"}, new={"used": False})
    assert {"canvas.png", "userId", "user_id", "used"} <= set(spelling.list_fields())
    assert not {"imageData", "image_data"} & set(spelling.list_fields())


def test_ports_in_memory_spell_as_the_settings_say() -> None:
    game = Settings(_env_file=None, game={"fields": {"status": "redrawStatus"}})  # type: ignore[call-arg]
    ports: Any = in_memory(game)
    ports.corrections.documents = {"a": {"status": "of the game"}}
    ports.corrections.adopt()
    assert ports.corrections.documents["a"] == {
        "status": "of the game",
        "redrawStatus": "pending",
    }
