"""Every error Redraw raises on purpose: each message is one line that says what to do."""


class RedrawError(Exception):
    """The base of them all. A person can read its message and act on it."""


class Retryable(RedrawError):
    """A fault of the moment (network, overload): the same call may work in a while. Tasks retry these and no others."""


class Unavailable(Retryable):
    """Firestore, Storage, Redis or the source of drawings did not answer, or asked to be left alone for a while."""


class InvalidSettings(RedrawError):
    """A setting is missing, malformed or not allowed in this environment."""


class InvalidDrawing(RedrawError):
    """A canvas, or strokes, without a drawing. `reason` is the machine-readable word for it.

    'unreadable_image', 'blank', 'scribble' or 'malformed_strokes'.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class InvalidRawDrawings(RedrawError):
    """A raw .npy file, here or at its source, that is missing, cut short, or not uint8 (N, 784)."""


class NotEnoughRoom(RedrawError):
    """The disk has less room than what is about to be written needs; nothing of it was written."""


class FolderInUse(RedrawError):
    """Another process is filling the folder."""


class InvalidDataset(RedrawError):
    """An HDF5 file that is not a data set of ours, or whose parts do not fit together."""


class DatasetMoved(Retryable):
    """The local data set is not the revision that this step works on: another process changed the file meanwhile."""


class InvalidModel(RedrawError):
    """A model file whose digest, shape or parameter count is not what was recorded."""


class BackboneChanged(RedrawError):
    """Fitting the head moved a convolution weight. It must not: nothing is published."""


class AccessDenied(RedrawError):
    """Firestore or Storage refuses our credentials."""


class NotFound(RedrawError):
    """No such run, version, release or correction."""


class ObjectMissing(NotFound):
    """No object in Storage under that path."""


class ObjectTooLarge(RedrawError):
    """An object in Storage is larger than the caller allowed; nothing of it was read."""


class ObjectExists(RedrawError):
    """Objects are written once; there is one under that path already."""


class RunInProgress(RedrawError):
    """Another run holds the slot. `run_id` says which."""

    def __init__(self, run_id: str) -> None:
        super().__init__(
            f"run {run_id} is still going: wait for it, or look at it with `redraw runs {run_id}`"
        )
        self.run_id = run_id


class LeaseHeld(Retryable):
    """Somebody else is executing this run at the moment; should that one die, its lease runs out."""


class LeaseLost(RedrawError):
    """Whoever raised this was taken for dead and replaced. It must stop at once and write nothing more."""


class RunFinished(RedrawError):
    """The run has ended already; there is nothing left to do for it."""


class RunCancelled(RedrawError):
    """The owner has cancelled the run. The run ends as cancelled; its corrections stay pending."""


class TooLateToCancel(RedrawError):
    """The run is publishing a version, or has ended: it cannot be cancelled any more."""


class NotQuarantined(RedrawError):
    """Only a quarantined correction waits for a decision. `state` is what this one is; None: nothing that Redraw knows."""

    def __init__(self, state: str | None, message: str) -> None:
        super().__init__(message)
        self.state = state


class VersionNotReady(RedrawError):
    """Only a version whose status is `ready` can be released."""


class ReleaseMoved(RedrawError):
    """The release is no longer what the caller compared with."""
