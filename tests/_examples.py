"""How many examples a property is tested with: few in the default suite, all in the slow one."""

from hypothesis import settings

# No deadline: on a busy machine an example may take long. The same examples each time, so that
# the default suite ends the same way each time; the slow suite looks for new ones.
settings.register_profile("quick", deadline=None, max_examples=25, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=100)

_FEWEST = 8


def load_quick_profile() -> None:
    """Use the quick profile; pytest's option --hypothesis-profile=thorough comes after and wins."""
    settings.load_profile("quick")


def examples(count: int) -> int:
    """Return `count` in the thorough profile, and a quarter of it, but at least 8, in the quick."""
    share = settings().max_examples / 100
    return min(count, max(_FEWEST, round(count * share)))
