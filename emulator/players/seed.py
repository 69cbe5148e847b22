"""Put players' corrections into Firestore and Storage as the game's clients do, each only once."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from google.api_core.exceptions import AlreadyExists, PreconditionFailed
from google.cloud import firestore, storage

from emulator.players.canvases import SentCorrection
from pipeline.settings import Settings

SENDERS = 4


def seed_corrections(
    sent: Iterable[SentCorrection],
    settings: Settings,
    on_sent: Callable[[int], None] = lambda _: None,
) -> int:
    """Send corrections, for each the canvas first, and return how many were new.

    Objects and documents that exist already are left as they are, so an interrupted call can be
    repeated.

    Args:
        sent: the corrections.
        settings: name the project and the bucket.
        on_sent: called after each correction with the number that are done.
    """
    corrections = firestore.Client(project=settings.project_id).collection("corrections")
    bucket = storage.Client(project=settings.project_id).bucket(settings.bucket)

    def send(correction: SentCorrection) -> bool:
        try:
            if correction.path is not None and correction.png is not None:
                bucket.blob(correction.path).upload_from_string(
                    correction.png, "image/png", if_generation_match=0
                )
        except PreconditionFailed:
            pass  # sent before, perhaps without its document
        try:
            corrections.document(correction.id).create(correction.fields)
        except AlreadyExists:
            return False
        return True

    new = 0
    with ThreadPoolExecutor(SENDERS) as pool:
        for done, was_new in enumerate(pool.map(send, sent), start=1):
            new += was_new
            on_sent(done)
    return new
