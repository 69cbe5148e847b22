"""Puts players' corrections into Firestore and Storage as the game's clients would, each once."""

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
    """Sends each correction, canvas first. Returns how many were new; what is there already is left alone.

    `on_sent` hears how many are through.
    """
    corrections = firestore.Client(project=settings.project_id).collection("corrections")
    bucket = storage.Client(project=settings.project_id).bucket(settings.bucket)

    def send(each: SentCorrection) -> bool:
        try:
            if each.path is not None and each.png is not None:
                bucket.blob(each.path).upload_from_string(
                    each.png, "image/png", if_generation_match=0
                )
        except PreconditionFailed:
            pass  # sent before, perhaps without its document
        try:
            corrections.document(each.id).create(each.fields)
        except AlreadyExists:
            return False
        return True

    new = 0
    with ThreadPoolExecutor(SENDERS) as pool:
        for done, was_new in enumerate(pool.map(send, sent), start=1):
            new += was_new
            on_sent(done)
    return new
