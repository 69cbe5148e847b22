"""Players who do not mean it: as many wrong labels as asked for, poisoners under their accounts, doodles with ink."""

import numpy as np

from emulator.players.canvases import player_corrections
from emulator.players.liars import Poisoner, doodles, mislabelled
from emulator.players.sketches import sketch_rows

CATS = {"cat": sketch_rows("cat", 5, 0)}


def test_of_mislabelled_corrections_the_share_asked_for_names_another_class() -> None:
    sent = list(player_corrections(CATS, 400, 0, "v1.0.0", faulty=0))
    told = list(mislabelled(sent, 0.1, 0))
    assert 25 < sum(each.fields["correctedLabel"] != "cat" for each in told) < 55
    assert [(each.id, each.png) for each in told] == [(each.id, each.png) for each in sent]


def test_a_poisoner_says_one_thing_under_ten_accounts() -> None:
    told = list(Poisoner().corrections(CATS["cat"], 200, 0, "v1.0.0"))
    assert {each.fields["correctedLabel"] for each in told} == {"fish"}
    assert len({each.fields["userId"] for each in told}) == 10


def test_doodles_have_ink_and_differ() -> None:
    drawn = doodles(12, np.random.default_rng(0))
    assert (drawn > 25).any((1, 2)).all()
    assert len({drawing.tobytes() for drawing in drawn}) == 12
