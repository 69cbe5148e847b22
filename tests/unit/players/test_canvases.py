"""The canvases and corrections of made-up players, with exactly the faults that were asked for."""

import io
from collections import Counter
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray
from PIL import Image

from emulator.players.canvases import (
    FAULTS,
    Guessed,
    SentCorrection,
    blank_png,
    canvas_png,
    not_an_image,
    player_corrections,
    truncated_png,
)
from emulator.players.sketches import sketch_rows
from pipeline.categories import CATEGORIES
from pipeline.errors import RedrawError
from pipeline.records.corrections import Asked
from pipeline.versions.asking import Asking
from tests._examples import examples

ROWS = {category: sketch_rows(category, 3, 0) for category in CATEGORIES}


def opened(png: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(png))
    picture.load()
    return picture


def on_white(png: bytes) -> NDArray[np.uint8]:
    white = Image.new("RGBA", (280, 280), "white")
    return np.array(Image.alpha_composite(white, opened(png).convert("RGBA")).convert("L"))


@given(st.sampled_from(CATEGORIES), st.integers(0, 2**32))
@settings(max_examples=examples(15), deadline=None)
def test_a_canvas_is_a_280_pixel_png_with_black_ink_that_fits(category: str, seed: int) -> None:
    png = canvas_png(ROWS[category][0].reshape(28, 28), np.random.default_rng(seed))
    picture = opened(png)
    assert (picture.format, picture.mode, picture.size) == ("PNG", "RGBA", (280, 280))
    ink = on_white(png) == 0
    assert 0.001 < ink.mean() < 0.6
    assert max(np.ptp(np.flatnonzero(ink.any(axis=axis))) for axis in (0, 1)) < 260


@given(npst.arrays(np.uint8, (28, 28)), st.integers(0, 2**32))
@settings(max_examples=examples(15), deadline=None)
def test_a_row_with_ink_gives_a_canvas_with_ink_and_an_empty_one_none(
    row: NDArray[np.uint8], seed: int
) -> None:
    assert (on_white(canvas_png(row, np.random.default_rng(seed))) == 0).any() == row.any()


def test_the_same_luck_gives_the_same_canvas() -> None:
    row = ROWS["eye"][1].reshape(28, 28)
    assert canvas_png(row, np.random.default_rng(4)) == canvas_png(row, np.random.default_rng(4))


def test_about_half_the_canvases_are_transparent_and_half_white() -> None:
    rng = np.random.default_rng(0)
    corners: Counter[object] = Counter()
    for _ in range(30):
        picture = opened(canvas_png(ROWS["moon"][0].reshape(28, 28), rng))
        corners[picture.getpixel((0, 0))] += 1
    assert set(corners) == {(0, 0, 0, 0), (255, 255, 255, 255)}
    assert min(corners.values()) > 5


def test_the_faulty_canvases_are_faulty_in_the_way_their_name_says() -> None:
    assert (on_white(blank_png()) == 255).all()
    with pytest.raises(OSError, match="cannot identify"):
        opened(not_an_image())


@given(st.integers(0, 2**32))
@settings(max_examples=examples(10), deadline=None)
def test_a_truncated_canvas_opens_but_cannot_be_decoded(seed: int) -> None:
    png = truncated_png(np.random.default_rng(seed))
    assert Image.open(io.BytesIO(png)).size == (280, 280)
    with pytest.raises(OSError, match="truncated"):
        opened(png)


def sent(count: int = 60, seed: int = 1, faulty: float = 0.0, **more: int) -> list[SentCorrection]:
    return list(player_corrections(ROWS, count, seed, "v1.0.0", faulty=faulty, **more))


def test_a_correction_has_the_fields_of_the_games_documents() -> None:
    for correction in sent(25):
        fields = correction.fields
        assert list(fields) == [
            "drawingId", "sessionId", "originalPrediction", "correctedLabel", "confidence",
            "userId", "timestamp", "modelVersion", "imageStoragePath", "status",
        ]  # fmt: skip
        assert fields["correctedLabel"] in CATEGORIES
        assert fields["originalPrediction"] in CATEGORIES
        assert fields["originalPrediction"] != fields["correctedLabel"]
        assert 0.2 <= float(str(fields["confidence"])) <= 0.84
        assert isinstance(fields["timestamp"], datetime)
        assert fields["timestamp"].utcoffset() is not None
        assert fields["modelVersion"] == "v1.0.0"
        assert fields["status"] == "pending"
        assert (
            correction.path
            == fields["imageStoragePath"]
            == f"drawings/corrections/{fields['drawingId']}.png"
        )
        assert correction.png is not None
        assert opened(correction.png).size == (280, 280)


def test_the_same_seed_gives_the_same_corrections_and_a_longer_list_begins_with_them() -> None:
    assert sent(20, 3, 0.5) == sent(30, 3, 0.5)[:20]


def test_ids_are_unique_within_and_across_seeds_and_time_only_rises() -> None:
    corrections = sent(20, 1) + sent(20, 2)
    assert (
        len({c.id for c in corrections})
        == len({str(c.fields["drawingId"]) for c in corrections})
        == 40
    )
    times = [c.fields["timestamp"] for c in corrections]
    assert times == sorted(times, key=str)


def test_no_more_players_take_part_than_asked_for() -> None:
    assert {c.fields["userId"] for c in sent(50, players=3)} == {
        "player-000",
        "player-001",
        "player-002",
    }


def kind_of(correction: SentCorrection, earlier: set[bytes]) -> str | None:
    if correction.png is None:
        return "missing_object"
    if correction.fields["correctedLabel"] not in CATEGORIES:
        return "unknown_label"
    known = dict.fromkeys(earlier, "duplicate") | {
        not_an_image(): "not_an_image",
        blank_png(): "blank",
    }
    if correction.png in known:
        return known[correction.png]
    try:
        opened(correction.png)
    except OSError:
        return "truncated"
    return None


def test_the_faults_are_as_many_as_asked_and_every_kind_gets_its_turn() -> None:
    earlier: set[bytes] = set()
    kinds: Counter[str | None] = Counter()
    for correction in sent(60, 5, 0.3):
        kinds[kind_of(correction, earlier)] += 1
        earlier.add(correction.png or b"")
    faults = 60 - kinds[None]
    assert 10 <= faults <= 30
    assert set(kinds) == {*FAULTS, None}
    assert max(kinds[f] for f in FAULTS) - min(kinds[f] for f in FAULTS) <= 1


def test_a_canvas_sent_twice_says_the_same_both_times() -> None:
    first: dict[bytes, SentCorrection] = {}
    twice = 0
    for correction in sent(60, 6, 0.4):
        if kind_of(correction, set(first)) == "duplicate":
            twice += 1
            original = first[correction.png or b""]
            assert {n for n, v in correction.fields.items() if original.fields[n] != v} == {
                "drawingId", "imageStoragePath", "timestamp",
            }  # fmt: skip
        elif correction.png is not None:
            first.setdefault(correction.png, correction)
    assert twice >= 3


def test_where_everything_is_faulty_nothing_is_sound() -> None:
    assert all(kind_of(correction, set()) for correction in sent(12, 2, 1.0))


@pytest.mark.parametrize("rows", [{}, {"cat": np.zeros((0, 784), np.uint8)}])
def test_corrections_of_nothing_are_refused(rows: dict[str, NDArray[np.uint8]]) -> None:
    with pytest.raises(RedrawError, match="no drawings to make corrections of"):
        next(player_corrections(rows, 1, 0, "v1.0.0"))


TWO = {name: ROWS[name] for name in ("cat", "sun")}


def answer(asking: Asking, count: int = 40, faulty: float = 0.0) -> list[SentCorrection]:
    """The answers to a game that takes everything for a cat, and asks for one reason."""
    return list(
        player_corrections(
            TWO, count, 3, "v1.0.0", faulty=faulty, guess=lambda *_: Guessed("cat", 0.5, asking)
        )
    )


def test_players_say_why_and_with_which_chance_the_game_asked() -> None:
    for correction in answer(Asking(Asked.AUDIT, 0.01), faulty=0.4):
        assert (correction.fields["asked"], correction.fields["askedChance"]) == ("audit", 0.01)


def test_players_who_answer_unasked_say_so_and_know_no_chance() -> None:
    for correction in answer(Asking(Asked.NONE, None), faulty=0.4):
        assert correction.fields["asked"] == "none"
        assert "askedChance" not in correction.fields


def test_asked_players_confirm_as_readily_as_they_correct_and_others_do_not() -> None:
    def count_confirmations(asking: Asking) -> int:
        return sum(each.fields["correctedLabel"] == "cat" for each in answer(asking, 80))

    assert count_confirmations(Asking(Asked.MARGIN, 1.0)) > 28
    assert count_confirmations(Asking(Asked.NONE, None)) < 28
