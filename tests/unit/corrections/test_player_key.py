"""A changed player key is noticed on any machine before a player gets into two splits."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from pipeline.categories import CATEGORIES
from pipeline.corrections.key_fingerprint import fingerprint_key, read_fingerprint
from pipeline.corrections.player_key import check_player_key
from pipeline.corrections.players import hash_player
from pipeline.dataset.hdf5 import describe
from pipeline.dataset.revisions import bring_up_to_date, store_additions, store_base
from pipeline.errors import InvalidSettings
from pipeline.records.runs import RunState
from pipeline.storage_paths import ADDITIONS, PLAYER_KEY
from workers.execution import execute

NAME = "quickdraw_20cat"
KEPT_AT = PLAYER_KEY.fill(dataset=NAME)
KEY, OTHER = "the-key-of-this-game", "another-key-entirely"


@pytest.fixture
def with_key(game: Any) -> Any:
    """The settings of the game with a key."""
    return lambda key: game.settings.model_copy(update={"player_key": SecretStr(key)})


@pytest.fixture
def merged(game: Any, base_file: Path, make_additions: Any) -> Any:
    """A data set whose ten corrections were merged under KEY, and their documents."""
    additions = make_additions(describe(base_file), 10)
    players = [hash_player(f"player-{number % 3}", KEY.encode()) for number in range(10)]
    store_base(game.artefacts, base_file)
    store_additions(
        game.artefacts, additions._replace(players=np.array(players)), categories=CATEGORIES
    )
    for number, name in enumerate(additions.ids.tolist()):
        game.send(name, None, userId=f"player-{number % 3}", status="merged")
    return game


@given(st.text(), st.text())
def test_other_keys_have_other_fingerprints_and_one_key_has_one(first: str, second: str) -> None:
    first, second = (key.encode(errors="replace").decode() for key in (first, second))
    assert (fingerprint_key(first) == fingerprint_key(second)) == (first == second)


def test_the_fingerprint_does_not_hold_the_key(game: Any, with_key: Any) -> None:
    check_player_key(game.ports, with_key(KEY))
    kept = game.artefacts.objects[KEPT_AT].decode()
    assert kept == fingerprint_key(KEY)
    assert len(kept) == 16
    assert kept not in hash_player("ada", KEY.encode())


def test_the_first_run_keeps_the_fingerprint_and_the_same_key_passes_ever_after(
    game: Any, with_key: Any
) -> None:
    for _ in range(3):
        check_player_key(game.ports, with_key(KEY))
    assert read_fingerprint(game.artefacts, NAME) == fingerprint_key(KEY)


def test_another_key_is_refused_with_both_ways_out_and_without_either_key(
    merged: Any, with_key: Any
) -> None:
    check_player_key(merged.ports, with_key(KEY))
    before = dict(merged.artefacts.objects)
    with pytest.raises(InvalidSettings, match=r"set the old one again.*REDRAW_BUCKET") as refusal:
        check_player_key(merged.ports, with_key(OTHER))
    assert KEY not in str(refusal.value)
    assert OTHER not in str(refusal.value)
    assert merged.artefacts.objects == before


def test_a_data_set_begun_with_the_default_key_says_so(merged: Any, game: Any) -> None:
    merged.artefacts.create(KEPT_AT, fingerprint_key("redraw-development").encode())
    settings = game.settings.model_copy(update={"player_key": SecretStr(KEY)})
    with pytest.raises(InvalidSettings, match="default of development"):
        check_player_key(merged.ports, settings)


def test_while_nothing_is_merged_another_key_can_be_taken(game: Any, with_key: Any) -> None:
    check_player_key(game.ports, with_key(KEY))
    with pytest.raises(InvalidSettings, match=f"delete {KEPT_AT}"):
        check_player_key(game.ports, with_key(OTHER))
    del game.artefacts.objects[KEPT_AT]
    check_player_key(game.ports, with_key(OTHER))


def test_if_storage_lost_its_revisions_the_local_file_shows_that_players_were_merged(
    merged: Any, with_key: Any, base_file: Path
) -> None:
    check_player_key(merged.ports, with_key(KEY))
    settings = with_key(OTHER).with_changes(data_dir=base_file.parent)
    bring_up_to_date(merged.artefacts, base_file, categories=CATEGORIES)
    base_file.rename(settings.dataset_file)
    del merged.artefacts.objects[ADDITIONS.fill(dataset=NAME, revision=1)]
    with pytest.raises(InvalidSettings, match="REDRAW_BUCKET"):
        check_player_key(merged.ports, settings)


def test_an_older_data_set_takes_the_key_that_its_players_were_hashed_with(
    merged: Any, with_key: Any
) -> None:
    check_player_key(merged.ports, with_key(KEY))
    assert read_fingerprint(merged.artefacts, NAME) == fingerprint_key(KEY)


def test_an_older_data_set_refuses_a_key_that_none_of_its_players_was_hashed_with(
    merged: Any, with_key: Any
) -> None:
    with pytest.raises(InvalidSettings, match="set the old one again"):
        check_player_key(merged.ports, with_key(OTHER))
    assert read_fingerprint(merged.artefacts, NAME) is None


def test_an_older_data_set_whose_documents_are_gone_takes_the_key(
    merged: Any, with_key: Any
) -> None:
    merged.corrections.documents.clear()
    check_player_key(merged.ports, with_key(KEY))
    assert read_fingerprint(merged.artefacts, NAME) == fingerprint_key(KEY)


@pytest.mark.parametrize("user_id", [None, 7, ["a"], {"b": 1}])
def test_a_document_without_a_players_id_decides_nothing(
    user_id: Any, merged: Any, with_key: Any
) -> None:
    for fields in merged.corrections.documents.values():
        fields["userId"] = user_id
    check_player_key(merged.ports, with_key(OTHER))
    assert read_fingerprint(merged.artefacts, NAME) == fingerprint_key(OTHER)


def test_of_two_machines_with_two_keys_the_second_is_refused(
    game: Any, with_key: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = game.artefacts.create

    def create_late(path: str, *args: Any) -> Any:
        create(path, fingerprint_key(KEY).encode())  # the other machine, a moment before
        return create(path, *args)

    monkeypatch.setattr(game.artefacts, "create", create_late)
    with pytest.raises(InvalidSettings):
        check_player_key(game.ports, with_key(OTHER))


def test_a_run_with_another_key_fails_with_advice_and_leaves_everything_pending(
    world: Any, tmp_path: Path
) -> None:
    world.ports.artefacts.create(KEPT_AT, fingerprint_key(KEY).encode())
    before = {name: dict(fields) for name, fields in world.ports.corrections.documents.items()}
    world.request()
    shutil.rmtree(world.settings.data_dir)  # a new machine must know too
    run = execute("run-1", world.ports, world.settings.with_changes(player_key=SecretStr(OTHER)))
    assert run.state is RunState.FAILED
    assert "REDRAW_PLAYER_KEY" in (run.reason or "")
    assert world.ports.corrections.documents == before
