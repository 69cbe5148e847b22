"""Bad corrections: the requested share of wrong labels, poisoners' accounts, doodles with ink."""

import numpy as np

from emulator.players.bad_labels import Poisoner, add_label_noise, draw_doodles
from emulator.players.canvases import player_corrections
from emulator.players.sketches import sketch_rows

CATS = {"cat": sketch_rows("cat", 5, 0)}


def test_label_noise_gives_the_requested_share_another_class() -> None:
    sent = list(player_corrections(CATS, 400, 0, "v1.0.0", faulty=0))
    noisy = list(add_label_noise(sent, 0.1, 0))
    assert 25 < sum(one.fields["correctedLabel"] != "cat" for one in noisy) < 55
    assert [(one.id, one.png) for one in noisy] == [(one.id, one.png) for one in sent]


def test_a_poisoner_sends_one_label_from_ten_accounts() -> None:
    sent = list(Poisoner().generate_corrections(CATS["cat"], 200, 0, "v1.0.0"))
    assert {correction.fields["correctedLabel"] for correction in sent} == {"fish"}
    assert len({correction.fields["userId"] for correction in sent}) == 10


def test_doodles_have_ink_and_differ() -> None:
    drawn = draw_doodles(12, np.random.default_rng(0))
    assert (drawn > 25).any((1, 2)).all()
    assert len({drawing.tobytes() for drawing in drawn}) == 12
