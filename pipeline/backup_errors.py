"""The errors of backups and restores. Each message is one line that says what to do."""

from pipeline.errors import RedrawError


class MomentPassed(RedrawError):
    """Firestore can no longer be read as it was at the moment that a backup copies.

    Start the backup again. If it always takes more than an hour, use Google's exports.
    """


class DocumentDiffers(RedrawError):
    """A restore found a document that exists already, with other fields than the backup has.

    Nothing is written over it. Choose what is kept with `--existing`.
    """


class DamagedBackup(RedrawError):
    """A backup is incomplete, or its files are not what its manifest says.

    Restore from another backup; the message names what is wrong.
    """


class NotEmpty(RedrawError):
    """A restore found documents or objects in the project that the backup does not have.

    Check that the settings name the right project. Choose what is kept with `--existing`.
    """


class InvalidPlaceForBackups(RedrawError):
    """What was given as the place of backups is neither a folder nor another bucket.

    Give a folder, or `gs://bucket/folder`.
    """


class UnknownValue(RedrawError):
    """A document of Firestore holds a kind of value that this Redraw does not know.

    Update Redraw: nothing is left out of a backup in silence.
    """
