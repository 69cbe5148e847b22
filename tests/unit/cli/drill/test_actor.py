"""Players and owner of a drill can be paused, and an error of one does not hang the drill."""

import threading

import pytest

from pipeline.errors import RedrawError
from service.cli.drill.actor import Actor


class Counter(Actor):
    """Counts what it does."""

    pause_seconds = 0.001

    def __init__(self) -> None:
        super().__init__()
        self.done = 0
        self.acted = threading.Event()

    def act(self) -> None:
        self.done += 1
        self.acted.set()


def test_nothing_is_done_in_a_pause_and_it_goes_on_afterwards() -> None:
    actor = Counter()
    actor.start()
    actor.acted.wait()

    actor.pause()
    done = actor.done
    actor.acted.clear()
    assert not actor.acted.wait(0.05)
    assert actor.done == done

    actor.go_on()
    actor.acted.wait()
    actor.stop()
    assert actor.done > done


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_ends_the_drill_instead_of_hanging_it() -> None:
    class Broken(Counter):
        def act(self) -> None:
            raise ValueError("no such thing")

    actor = Broken()
    actor.start()

    with pytest.raises(RedrawError, match="broken of the drill ended by an error"):
        actor.pause()
