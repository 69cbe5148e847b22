"""How a long step says how far it is: it calls a function with a message, what is done, and the total."""

from typing import Protocol


class OnProgress(Protocol):
    """Called as often as the step likes; whoever listens thins it out. `total` 0: not countable."""

    def __call__(self, message: str, done: int = 0, total: int = 0) -> None: ...


def silent(message: str, done: int = 0, total: int = 0) -> None:
    """For callers that nobody watches."""
