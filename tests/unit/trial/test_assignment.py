"""Laws of who is in a trial: the share, and independence of splits and of other trials."""

import json
import shutil
import subprocess
import textwrap

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corrections.players import hash_player
from pipeline.dataset.splits import player_split
from pipeline.records.dataset import Split
from pipeline.trial import assignment
from pipeline.trial.assignment import is_in_trial, place_player

PLAYERS = [f"player-{number}" for number in range(20_000)]


def chosen(salt: str, share: float) -> np.ndarray:
    return np.array([is_in_trial(player, salt, share) for player in PLAYERS])


@pytest.mark.parametrize(
    ("player", "salt", "place"),
    [
        ("ada", "v1.0.4-7", 6_590_648),
        ("Zoë ✏️", "v1.0.4-7", 2_325_416_410),
        ("", "v1.0.4-7", 2_848_053_209),
    ],
)
def test_the_place_is_what_a_port_to_another_language_must_compute(
    player: str, salt: str, place: int
) -> None:
    assert place_player(player, salt) == place


@given(player=st.text(), salt=st.text(min_size=1), share=st.floats(0, 1))
def test_a_player_in_a_smaller_trial_would_be_in_a_larger_one(
    player: str, salt: str, share: float
) -> None:
    if is_in_trial(player, salt, share):
        assert is_in_trial(player, salt, 1.0)
        assert share > 0
    assert is_in_trial(player, salt, 1.0)
    assert not is_in_trial(player, salt, 0.0)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
def test_the_share_of_the_players_is_in_the_trial(share: float) -> None:
    found = chosen("v1.0.4-7", share).mean()
    assert found == pytest.approx(share, abs=5 * np.sqrt(share * (1 - share) / len(PLAYERS)))


def test_another_salt_divides_the_players_anew() -> None:
    first, second = chosen("v1.0.4-7", 0.5), chosen("v1.0.4-9", 0.5)
    both = np.corrcoef(first, second)[0, 1]
    assert abs(both) < 5 / np.sqrt(len(PLAYERS))


def test_the_splits_of_the_data_set_are_divided_alike() -> None:
    splits = np.array([player_split(hash_player(player, b"key")) for player in PLAYERS])
    members = chosen("v1.0.4-7", 0.5)
    for split in Split:
        share = members[splits == split].mean()
        assert share == pytest.approx(0.5, abs=5 * 0.5 / np.sqrt((splits == split).sum()))


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_port_to_javascript_in_the_documentation_says_the_same() -> None:
    players = [*PLAYERS[:200], "Zoë ✏️", ""]
    ported = textwrap.dedent(assignment.__doc__.split("In JavaScript:")[1])
    program = (
        f"const crypto = globalThis.crypto ?? require('crypto').webcrypto;{ported}"
        f"const trial = {json.dumps({'salt': 'v1.0.4-7', 'share': 0.37})};"
        f"Promise.all({json.dumps(players)}.map(player => isInTrial(trial, player)))"
        ".then(found => console.log(JSON.stringify(found)));"
    )
    answer = subprocess.run(
        ["node", "-e", program], capture_output=True, check=True, text=True, timeout=60
    )
    expected = [is_in_trial(player, "v1.0.4-7", 0.37) for player in players]
    assert json.loads(answer.stdout) == expected
