"""A player is known by a hash, and has a record: which corrections count, and which do not."""

from pipeline.corrections.players import PlayerRecord, build_player_records, hash_player

KEY = b"a key of sixteen"
ADA, BOB = hash_player("ada", KEY), hash_player("bob", KEY)


def test_an_empty_harvest_has_no_records() -> None:
    assert build_player_records([], [], {ADA: 3}) == {}


def test_a_record_counts_what_was_merged_and_what_was_contradicted() -> None:
    assert build_player_records([ADA, BOB, ADA], [2, 0, 2], {ADA: 3}) == {
        ADA: PlayerRecord(5, 2),
        BOB: PlayerRecord(0, 0),
    }


def test_a_hash_has_64_digits_and_depends_on_the_key() -> None:
    assert len(bytes.fromhex(ADA)) == 32
    assert hash_player("ada", b"another key") != ADA
