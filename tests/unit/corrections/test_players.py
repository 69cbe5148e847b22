"""A player is known by a hash, and has a record: which corrections count, and which do not."""

from typing import Any

import pytest

from pipeline.adapters.memory_corrections import MemoryCorrections
from pipeline.corrections.players import PlayerRecord, hash_player, read_player_records

KEY = b"a key of sixteen"
ADA, BOB = hash_player("ada", KEY), hash_player("bob", KEY)


def corrections(*documents: tuple[Any, str, str]) -> MemoryCorrections:
    """Return documents: each of a user, in a state, for a reason."""
    return MemoryCorrections(
        {
            f"c{number:04d}": {"userId": user, "status": state, "retraining": {"reason": reason}}
            for number, (user, state, reason) in enumerate(documents)
        }
    )


def test_no_player_has_a_record_before_the_first_run() -> None:
    assert read_player_records(corrections(), [], KEY) == {}


def test_merged_corrections_count_for_a_player() -> None:
    assert read_player_records(corrections(), [ADA, ADA, BOB], KEY) == {
        ADA: PlayerRecord(2, 0),
        BOB: PlayerRecord(1, 0),
    }


@pytest.mark.parametrize(
    ("state", "reason"), [("quarantined", "contradicted_label"), ("refused", "owner")]
)
def test_a_contradicted_label_counts_against_its_player(state: str, reason: str) -> None:
    assert read_player_records(corrections(("ada", state, reason)), [ADA], KEY) == {
        ADA: PlayerRecord(2, 1)
    }


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("quarantined", "flood"),
        ("quarantined", "player_record"),
        ("refused", "blank"),
        ("merged", "contradicted_label"),
    ],
)
def test_what_has_another_reason_or_was_accepted_does_not_count(state: str, reason: str) -> None:
    assert read_player_records(corrections(("ada", state, reason)), [], KEY) == {}


def test_all_pages_are_counted() -> None:
    assert (
        read_player_records(
            corrections(*[("ada", "quarantined", "contradicted_label")] * 700), [], KEY
        )[ADA].contradicted
        == 700
    )


@pytest.mark.parametrize("user", [None, ["ada"], {"a": 1}])
def test_a_document_without_a_player_is_not_counted(user: Any) -> None:
    assert (
        read_player_records(corrections((user, "quarantined", "contradicted_label")), [], KEY) == {}
    )


def test_a_hash_has_64_digits_and_depends_on_the_key() -> None:
    assert len(bytes.fromhex(ADA)) == 32
    assert hash_player("ada", b"another key") != ADA


def test_an_id_counts_for_its_player_however_it_is_written() -> None:
    held = ("quarantined", "contradicted_label")
    source = corrections(*((user, *held) for user in (" ada ", "ada", 7, "7", "", None, 7.5)))
    assert read_player_records(source, [], KEY) == {
        ADA: PlayerRecord(2, 2),
        hash_player("7", KEY): PlayerRecord(2, 2),
    }
