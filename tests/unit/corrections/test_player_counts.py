"""Players are counted by their hash, and what their record says follows the rule of screening."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.bootstrap import in_memory
from pipeline.corrections.key_fingerprint import fingerprint_key
from pipeline.corrections.player_counts import PlayerCounts, count_players
from pipeline.corrections.players import PlayerRecord, Standing, find_standing, hash_player
from pipeline.errors import InvalidSettings
from pipeline.ports import Ports
from pipeline.settings import Settings
from pipeline.storage_paths import PLAYER_KEY

SETTINGS = Settings(_env_file=None)  # type: ignore[call-arg]
KEY = SETTINGS.player_key.get_secret_value().encode()


def sent(user: Any, status: str | None, reason: str | None = None) -> dict[str, Any]:
    fields = {"userId": user, "correctedLabel": "cat"}
    if status is not None:
        fields["status"] = status
    return fields if reason is None else {**fields, "retraining": {"reason": reason}}


def ports_with(*documents: dict[str, Any], settings: Settings = SETTINGS) -> Ports:
    ports = in_memory(settings)
    named = {f"c{number:03}": fields for number, fields in enumerate(documents)}
    ports.corrections.documents.update(named)  # type: ignore[attr-defined]
    return ports


def test_each_state_is_counted_and_quarantine_by_reason() -> None:
    ports = ports_with(
        sent("ada", "pending"),
        sent("ada", "pending", "missing_image"),
        sent(" ada ", "merged", "merged"),
        sent("ada", "merged", "confirmation"),
        sent("ada", "quarantined", "flood"),
        sent("ada", "quarantined", "contradicted_label"),
        sent("ada", "quarantined", "contradicted_label"),
        sent("ada", "refused", "owner"),
        sent("ada", "refused", "blank"),
        sent("bob", "refused", "blank"),
    )
    counted = count_players(ports, SETTINGS)
    ada = PlayerCounts(
        hash_player("ada", KEY), 2, 2, 1, {"contradicted_label": 2, "flood": 1}, 2, 3, 4
    )
    bob = PlayerCounts(hash_player("bob", KEY), 0, 0, 0, {}, 1, 0, 0)
    assert counted.players == sorted([ada, bob])
    assert (ada.standing, bob.standing) == (Standing.WATCHED, Standing.GOOD)
    assert (counted.documents, counted.complete) == (10, True)


def test_what_has_no_player_or_no_state_is_told_apart() -> None:
    ports = ports_with(
        sent("", "pending"),
        sent(None, "pending"),
        sent(["ada"], "pending"),
        sent("ada", None),
        sent("ada", "odd"),
        sent(7, "merged", "merged"),
        sent("7", "merged", "merged"),
    )
    counted = count_players(ports, SETTINGS)
    assert (counted.without_player, counted.unsettled) == (3, 2)
    assert [(each.player, each.merged) for each in counted.players] == [(hash_player("7", KEY), 2)]


@pytest.mark.parametrize("choice", ["one", "each"])
def test_a_game_without_players_has_none(choice: str) -> None:
    settings = SETTINGS.with_changes(game={"without_player": choice})
    counted = count_players(ports_with(sent(None, "pending"), settings=settings), settings)
    assert (counted.players, counted.without_player) == ([], 1)


def test_a_reason_that_is_no_word_is_not_shown() -> None:
    ports = ports_with(
        sent("ada", "quarantined", "<script>"), sent("ada", "quarantined", "x" * 99),
        sent("ada", "quarantined"),
    )  # fmt: skip
    (ada,) = count_players(ports, SETTINGS).players
    assert ada.quarantined == {"other": 3}


def test_no_more_corrections_are_read_than_the_settings_say() -> None:
    ports = ports_with(*[sent(f"player-{number}", "pending") for number in range(4)])
    settings = SETTINGS.with_changes(answer={"players_most": 3})
    counted = count_players(ports, settings)
    assert (counted.documents, counted.complete, len(counted.players)) == (3, False, 3)
    assert count_players(ports, settings.with_changes(answer={"players_most": 4})).complete


def test_with_another_key_than_that_of_the_data_set_nobody_is_listed_by_a_wrong_hash() -> None:
    ports = ports_with(sent("ada", "pending"))
    path = PLAYER_KEY.fill(dataset=SETTINGS.dataset_name)
    ports.artefacts.create(path, fingerprint_key("another key").encode())
    with pytest.raises(InvalidSettings, match="REDRAW_PLAYER_KEY"):
        count_players(ports, SETTINGS)


@pytest.mark.parametrize(
    ("corrections", "contradicted", "standing"),
    [
        (0, 0, "good"),
        (1, 1, "good"),  # 15 % of honest players with one correction
        (2, 2, "watched"),
        (5, 5, "watched"),  # surely no chance, but too few
        (6, 5, "player_record"),
        (6, 3, "watched"),
        (8, 6, "player_record"),
        (100, 15, "good"),
        (100, 30, "watched"),  # more than by chance, but less than half
        (100, 50, "player_record"),
    ],
)
def test_a_standing_follows_from_how_much_is_contradicted(
    corrections: int, contradicted: int, standing: str
) -> None:
    assert find_standing(PlayerRecord(corrections, contradicted)) == standing


@given(corrections=st.integers(1, 300), share=st.floats(0, 1))
def test_more_that_is_contradicted_is_never_a_better_standing(
    corrections: int, share: float
) -> None:
    order = list(Standing)
    fewer = int(share * (corrections - 1))
    before, after = (
        order.index(find_standing(PlayerRecord(corrections, each))) for each in (fewer, fewer + 1)
    )
    assert before <= after
