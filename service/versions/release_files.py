"""Watch the release and its files for /readyz, with few requests."""

import logging
import threading
import time

from pipeline.errors import NewerDocument, RedrawError, UnreadableDocument
from pipeline.ports import Ports
from pipeline.records.versions import Release
from pipeline.versions.files import find_lost, list_files_of
from pipeline.versions.released import LOST

log = logging.getLogger(__name__)

SECONDS = 60.0
"""How long an answer of Storage is relied on."""
WAIT_SECONDS = 1.0
"""How long to wait for the release, which another check reads."""


class ReleaseFiles:
    """Whether there is a release, and whether its files are in Storage, with their sizes.

    Only what is known to be wrong counts. A Storage that does not answer changes nothing: clients
    read the release from Firestore.
    """

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._asked = threading.Event()
        self._release: Release | None = None
        self._sound: tuple[str, float] = ("", 0.0)

    def read_release(self) -> str | None:
        """Read the release and remember it; return what an owner should do about it, or None."""
        models, self._release = self._ports.models, None
        try:
            self._release = models.release()
        except (UnreadableDocument, NewerDocument) as error:
            return str(error)
        finally:
            self._asked.set()
        if self._release is None and models.has_ready():
            return f"{LOST}: `redraw promote VERSION` releases one; `redraw models` lists them"
        return None

    def find_problem(self) -> str | None:
        """Return what is wrong with the files of the release that was read last, or None."""
        self._asked.wait(WAIT_SECONDS)
        release = self._release
        if release is None:
            return None
        name, (sound, until) = release.version, self._sound
        if name == sound and time.monotonic() < until:
            return None
        try:
            version = self._ports.models.get(name)
            problems = find_lost(version, list_files_of(name, self._ports.artefacts))
        except RedrawError as error:
            log.warning("the files of %s cannot be looked at: %s", name, error)
            return None
        if not problems:
            self._sound = name, time.monotonic() + SECONDS
            return None
        return (
            f"{'; '.join(problems)}: `redraw doctor` says more, and `redraw promote VERSION` "
            "releases another version"
        )
