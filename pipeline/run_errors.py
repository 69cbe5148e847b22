"""The errors about runs: their slot, their leases, and their ends.

The docstring of each class says when it is raised and what its reader should do.
"""

from datetime import datetime

from pipeline.errors import RedrawError, Retryable


class KeyOfOtherRun(RedrawError):
    """An idempotency key was sent before by the same person, with a request for another run.

    Choose a new key for each run.
    """


class RunInProgress(RedrawError):
    """A run was requested while another one, `run_id`, holds the slot.

    Wait until that run has ended, then request again. `state` is its state, None when its document
    cannot be read. While it is `live`, `holder` is the worker that executes it and `until` the end
    of that worker's lease; otherwise no worker does, and any may go on with it.
    """

    def __init__(
        self,
        run_id: str,
        message: str,
        *,
        state: str | None = None,
        holder: str | None = None,
        until: datetime | None = None,
        live: bool = False,
    ) -> None:
        super().__init__(message)
        self.run_id, self.state, self.live = run_id, state, live
        self.holder, self.until = holder, until


class RunPaused(Retryable):
    """A run was claimed during the pause that follows a temporary fault.

    Try again later: the message says when the pause is over.
    """


class LeaseHeld(Retryable):
    """Another worker is executing this run and its lease has not ended.

    Try again later: if that worker has died, its lease ends by itself.
    """


class LeaseLost(RedrawError):
    """This worker's lease ended, and another worker has claimed the run or the run has ended.

    Stop at once and write nothing more.
    """


class RunLost(LeaseLost):
    """The document of a run was deleted, or made unreadable, while a worker executed it.

    Nothing is lost: its corrections stay pending, and what it had merged stays in the data set.
    Request another run.
    """


class RunFinished(RedrawError):
    """A worker claimed a run that has ended already.

    Do nothing: the result of the run stands.
    """


class RunCancelled(RedrawError):
    """The owner has cancelled the run. The run ends as cancelled; its corrections stay pending."""


class TooLateToCancel(RedrawError):
    """The run has made a version ready, or has ended: it cannot be cancelled any more."""
