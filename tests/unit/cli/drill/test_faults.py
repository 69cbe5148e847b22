"""The sequence of faults of a drill."""

from itertools import islice

from service.cli.drill.faults import DECK_SIZE, Kind, plan_faults


def test_the_same_seed_gives_the_same_faults() -> None:
    first, again, other = (list(islice(plan_faults(seed), 300)) for seed in (3, 3, 4))

    assert first == again
    assert first != other


def test_each_kind_comes_in_every_round() -> None:
    faults = plan_faults(1)

    for _ in range(3):
        assert {each.kind for each in islice(faults, DECK_SIZE)} == {*Kind}
