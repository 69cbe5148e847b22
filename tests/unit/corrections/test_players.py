"""A player is a hash, and has a record: what speaks against him, and what does not."""

from typing import Any

import pytest

from pipeline.adapters.memory_corrections import MemoryCorrections
from pipeline.corrections.players import PlayerRecord, player_hash, player_records

KEY = b"a key of sixteen"
ADA, BOB = player_hash("ada", KEY), player_hash("bob", KEY)


def corrections(*documents: tuple[Any, str, str]) -> MemoryCorrections:
    """One document each, of a user, in a state, for a reason."""
    return MemoryCorrections(
        {
            f"c{number:04d}": {"userId": user, "status": state, "retraining": {"reason": reason}}
            for number, (user, state, reason) in enumerate(documents)
        }
    )


def test_nobody_has_a_record_before_the_first_run() -> None:
    assert player_records(corrections(), [], KEY) == {}


def test_merged_corrections_speak_for_a_player() -> None:
    assert player_records(corrections(), [ADA, ADA, BOB], KEY) == {
        ADA: PlayerRecord(2, 0),
        BOB: PlayerRecord(1, 0),
    }


@pytest.mark.parametrize(
    ("state", "reason"), [("quarantined", "contradicted_label"), ("refused", "owner")]
)
def test_a_contradicted_label_speaks_against_its_player(state: str, reason: str) -> None:
    assert player_records(corrections(("ada", state, reason)), [ADA], KEY) == {
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
def test_what_has_another_reason_or_was_accepted_does_not(state: str, reason: str) -> None:
    assert player_records(corrections(("ada", state, reason)), [], KEY) == {}


def test_all_pages_are_counted() -> None:
    assert (
        player_records(corrections(*[("ada", "quarantined", "contradicted_label")] * 700), [], KEY)[
            ADA
        ].contradicted
        == 700
    )


@pytest.mark.parametrize("user", [None, 7, ["ada"], {"a": 1}])
def test_a_document_of_nobody_counts_for_nobody(user: Any) -> None:
    assert player_records(corrections((user, "quarantined", "contradicted_label")), [], KEY) == {}


def test_a_hash_names_nobody_and_hangs_on_the_key() -> None:
    assert len(bytes.fromhex(ADA)) == 32
    assert player_hash("ada", b"another key") != ADA
