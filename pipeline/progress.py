"""How a long step reports its progress: it calls a function that its caller passes in."""

from typing import Protocol


class OnProgress(Protocol):
    """A callback that receives a message, the number of units done, and their total.

    A step may call it as often as it likes; a slow receiver must drop calls itself. A `total` of 0
    means that the units cannot be counted.
    """

    def __call__(self, message: str, done: int = 0, total: int = 0) -> None: ...


def standing_still(
    on_progress: OnProgress, message: str, done: int = 0, total: int = 0
) -> OnProgress:
    """Return a callback that reports the same, however far an inner step has got.

    So what `on_progress` raises, as when the owner cancels a run, ends the inner step too.
    """

    def report(*_: object, **__: object) -> None:
        on_progress(message, done, total)

    return report


def silent(message: str, done: int = 0, total: int = 0) -> None:
    """Ignore the progress: the default for callers that do not show it."""
