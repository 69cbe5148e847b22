"""The contract of a CorrectionSource: counting the contradicted corrections of players."""

from typing import Any

import pytest

from pipeline.adapters import firestore_players
from pipeline.ports import CorrectionSource
from tests.contract._quarantined import quarantined

CONTRADICTED = "contradicted_label"


def test_players_without_any_are_left_out(world: Any, corrections: CorrectionSource) -> None:
    world.put("a", quarantined("flood", userId="ada"))
    assert corrections.contradicted(["ada", "bob"]) == {}


def test_of_no_players_there_are_none(corrections: CorrectionSource) -> None:
    assert corrections.contradicted([]) == {}


@pytest.mark.parametrize(
    ("status", "reason"), [("quarantined", CONTRADICTED), ("refused", "owner")]
)
def test_a_contradicted_label_counts_against_its_player(
    world: Any, corrections: CorrectionSource, status: str, reason: str
) -> None:
    world.put("a", quarantined(reason, status=status, userId="ada"))
    assert corrections.contradicted(["ada", "bob"]) == {"ada": 1}


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("quarantined", "flood"),
        ("quarantined", "player_record"),
        ("refused", "blank"),
        ("merged", CONTRADICTED),
        ("pending", CONTRADICTED),
    ],
)
def test_what_has_another_reason_or_was_accepted_does_not_count(
    world: Any, corrections: CorrectionSource, status: str, reason: str
) -> None:
    world.put("a", quarantined(reason, status=status, userId="ada"))
    assert corrections.contradicted(["ada"]) == {}


@pytest.mark.parametrize("user", [None, 7.5, True, ["ada"], {"a": 1}, ""])
def test_a_player_of_another_kind_counts_for_nobody(
    world: Any, corrections: CorrectionSource, user: Any
) -> None:
    world.put("a", quarantined(CONTRADICTED, userId=user))
    assert corrections.contradicted(["ada", "7", "1", "None"]) == {}


def test_a_whole_number_counts_for_the_player_of_that_number(
    world: Any, corrections: CorrectionSource
) -> None:
    for number, user in enumerate([7, 7.0, "7", 70, "07"]):
        world.put(f"c{number}", quarantined(CONTRADICTED, userId=user))
    assert corrections.contradicted(["7"]) == {"7": 3}


def test_an_id_in_snake_case_counts_unless_there_is_another_in_camel_case(
    world: Any, corrections: CorrectionSource
) -> None:
    snake = quarantined(CONTRADICTED, user_id="ada")
    world.put("snake", snake)
    world.put("camel", quarantined(CONTRADICTED, userId="ada"))
    assert corrections.contradicted(["ada", "bob"]) == {"ada": 2}
    world.put("both", quarantined(CONTRADICTED, userId="zoe", user_id="ada"))
    assert corrections.contradicted(["ada", "bob"]) == {"ada": 2}


def test_many_players_and_many_corrections_of_one_are_counted_exactly(
    world: Any, corrections: CorrectionSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(firestore_players, "MAX_READ", 3)
    monkeypatch.setattr(firestore_players, "GROUP_SIZE", 2)
    for number in range(5):
        world.put(f"a{number}", quarantined(CONTRADICTED, userId="ada"))
        world.put(f"p{number}", quarantined(CONTRADICTED, userId=f"player-{number}"))
    world.put("b", quarantined("owner", status="refused", userId="ada"))
    asked = ["ada", "zoe", *(f"player-{number}" for number in range(4))]
    assert corrections.contradicted(asked) == {
        "ada": 6,
        **{f"player-{number}": 1 for number in range(4)},
    }


def test_a_player_s_endless_id_is_not_looked_up(corrections: CorrectionSource) -> None:
    assert corrections.contradicted(["x" * 1_000_000] * 40) == {}
