"""Watch the files of the released version for /readyz, with few requests."""

import logging
import threading
import time

from pipeline.errors import RedrawError, VersionNotReady
from pipeline.ports import Ports
from pipeline.records.versions import Release
from pipeline.versions.files import find_lost, list_files_of

log = logging.getLogger(__name__)

SECONDS = 60.0
"""How long an answer of Storage is relied on."""
WAIT_SECONDS = 1.0
"""How long to wait for the release, which another check reads."""


class ReleaseFiles:
    """Whether the files of the release are in Storage, with their sizes.

    Only what is known to be wrong counts. A Storage that does not answer changes nothing: clients
    read the release from Firestore.
    """

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._asked = threading.Event()
        self._release: Release | None = None
        self._sound: tuple[str, float] = ("", 0.0)

    def read_release(self) -> None:
        """Read the release from Firestore and remember it."""
        try:
            self._release = self._ports.models.release()
        finally:
            self._asked.set()

    def check(self) -> None:
        """Compare the files of the release that was read last.

        Raises:
            VersionNotReady: one is missing, or has another size.
        """
        self._asked.wait(WAIT_SECONDS)
        if self._release is None:
            return
        name, (sound, until) = self._release.version, self._sound
        if name == sound and time.monotonic() < until:
            return
        try:
            version = self._ports.models.get(name)
            problems = find_lost(version, list_files_of(name, self._ports.artefacts))
        except RedrawError as error:
            log.warning("the files of %s cannot be looked at: %s", name, error)
            return
        if problems:
            raise VersionNotReady("; ".join(problems))
        self._sound = name, time.monotonic() + SECONDS
