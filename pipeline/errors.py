"""The errors that Redraw raises on purpose. Each message is one line that says what to do.

The docstring of each class says when it is raised and what its reader should do.
"""

from pipeline.reasons import DrawingReason, RefusalReason


class RedrawError(Exception):
    """The base class of Redraw's errors, raised itself where no subclass fits.

    Read the message: it says what is wrong and how to put it right.
    """


class Retryable(RedrawError):
    """A failure that may pass by itself, such as a network failure or an overloaded server.

    Make the same call again after a pause. Background tasks retry this class and no other.
    """


class Unavailable(Retryable):
    """Firestore, Storage, Redis or the source of drawings did not answer, or is overloaded.

    Make the same call again after a pause. If it persists, check the network and that service.
    `backend` names the service, where a web process asked it.
    """

    backend: str | None = None


class InvalidSettings(RedrawError):
    """A setting is missing, malformed or not allowed in this environment.

    Correct the environment variable or the line of `.env` that the message names. `problems` has
    each of them, where several were found.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class InvalidDrawing(RedrawError):
    """A canvas cannot be decoded, or it or its strokes show no usable drawing.

    Send another canvas. `reason` is for programs.
    """

    def __init__(self, reason: DrawingReason | RefusalReason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class InvalidRawDrawings(RedrawError):
    """A raw .npy file is missing, cut short, or not uint8 (N, 784), here or at its source.

    Download the file again, or correct the address or folder that the message names.
    """


class NotEnoughRoom(RedrawError):
    """The disk has less free space than a file needs. Raised before anything is written.

    Free as much space as the message says, or choose another folder.
    """


class BrokenLink(RedrawError):
    """A file or folder is a symbolic link whose target does not exist.

    Mount the disk that it leads to, or remove the link.
    """


class FolderInUse(RedrawError):
    """Another process is writing to the same folder.

    Wait for that process to end, or choose another folder.
    """


class InvalidDataset(RedrawError):
    """A data set, or what Storage keeps of it or of a run, is damaged or of another kind.

    Do what the message says: start another run, or build the data set in an empty folder.
    """


class DatasetDamaged(InvalidDataset, Retryable):
    """The local data set is not what was written: a disk, or another program, changed its bytes.

    Run the step again: a run rebuilds the file from Storage. Outside a run, delete the file.
    """


class DatasetMissing(InvalidDataset, Retryable):
    """There is no local data set, or it was deleted while a step read it.

    In a run, start again: the run fetches it from Storage. Elsewhere do what the message says.
    """


class DatasetMoved(Retryable):
    """The local data set is not the revision that this step works on.

    Another process changed the file in the meantime. Run the step again: it starts with the
    right revision.
    """


class InvalidModel(RedrawError):
    """A model file has another digest, shape or number of parameters than was recorded.

    Do not use the file. Promote another version.
    """


class DamagedFormat(InvalidModel):
    """A file of a version that was just made does not guess as the model does.

    Nothing is published. This is a defect of Redraw: report it.
    """


class TensorFlowMissing(RedrawError):
    """What was asked for needs TensorFlow, which is not installed. Raised before anything is begun.

    Do it in the image `redraw-baseline`, or install the extra `baseline`.
    """


class NotRebuildable(RedrawError):
    """A version cannot be rebuilt: something that it was made from is missing or has changed.

    Restore from a backup what the message names. What was forgotten for a player cannot come back.
    """


class OtherClasses(RedrawError):
    """A data set or a version was made with other classes than the settings name.

    Set REDRAW_CATEGORIES as it was then, or make a data set and a version of the new classes.
    """


class BackboneChanged(RedrawError):
    """A fit of the head changed a weight of the convolution layers, so nothing is published.

    This is a defect of Redraw. Report it.
    """


class TrainingStopped(Retryable):
    """The process that trains a new baseline was killed, or another one trains in its place.

    Start the run again: the training goes on after its last whole epoch.
    """


class AccessDenied(RedrawError):
    """Firestore or Storage refuses the credentials, or there are none.

    Set GOOGLE_APPLICATION_CREDENTIALS to a key file with access, or use the emulators.
    """


class NotFound(RedrawError):
    """There is no run, version, release or correction with this name.

    Check the name against the list that the command in the message prints.
    """


class UnreadableDocument(RedrawError):
    """A document in Firestore is not as Redraw writes it: its `path`, and its `problem`.

    A person or another program wrote it. Correct the document, or do what the message says.
    """

    def __init__(self, path: str, problem: str, advice: str = "") -> None:
        super().__init__(
            f"{path} cannot be read ({problem}): {advice or 'correct it in the Firebase console'}"
        )
        self.path, self.problem = path, problem


class NewerDocument(RedrawError):
    """A newer Redraw wrote a document, or a data set, in a form that this one does not know.

    Upgrade this Redraw. Until then it leaves that as it is.
    """

    def __init__(self, path: str, number: int, known: int) -> None:
        self.path = path
        self.problem = f"a newer Redraw wrote it: form {number}, and this one knows form {known}"
        super().__init__(f"{path} is left as it is ({self.problem}): upgrade this Redraw")


class ObjectMissing(NotFound):
    """There is no object in Storage under this path.

    Check the path; if it is right, the object was deleted or its upload never finished.
    """


class ObjectTooLarge(RedrawError):
    """An object in Storage is larger than the caller allows. Raised before its body is read.

    Treat the object as unusable, or raise the limit.
    """


class ObjectExists(RedrawError):
    """There is an object under this path already, and objects are written only once.

    Use the object that is there, or choose another path.
    """


class NoWebhook(RedrawError):
    """Notifications are not set up in this process.

    Set REDRAW_WEBHOOK_URL and REDRAW_WEBHOOK_SECRET, the same for web process and workers.
    """


class InvalidPlayer(RedrawError):
    """A text was given as the id of a player that can be none.

    Use the `userId` of the corrections.
    """


class DrawingIdTaken(RedrawError):
    """A player sent an answer under an id that stands for something else already.

    Send it again with another `drawingId`, or without one.
    """


class InvalidLabel(RedrawError):
    """An owner or a player gave a text as a label that is none of the classes.

    Use one of the names that the message lists.
    """


class NotQuarantined(RedrawError):
    """The owner decided on a correction that is not waiting for a decision.

    Look at the correction again. `state` is its state, or None when its document has none that
    Redraw knows.
    """

    def __init__(self, state: str | None, message: str) -> None:
        super().__init__(message)
        self.state = state


class VersionNotReady(RedrawError):
    """A version was to be released whose status is not `ready`, or whose files are not there.

    Wait until its publication is complete, or choose another version.
    """


class VersionInUse(RedrawError):
    """A version was to be withdrawn that is released, or on trial.

    Release another version, or stop the trial, then withdraw it.
    """


class ReleaseMoved(RedrawError):
    """The release changed after the caller read it.

    Read the release again and decide again which version to promote.
    """


class TrialUnderWay(RedrawError):
    """A version was to be put on trial while another one is.

    Wait until that trial has ended, or stop it.
    """


class InvalidPlace(RedrawError):
    """A list was to go on after a text that is no place in it.

    Send the `next` of the page before as it was, or start from the beginning.
    """


class InvalidTrial(RedrawError):
    """A trial was to be started with a kind, share or days that do not go together.

    Do what the message says.
    """
