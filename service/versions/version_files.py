"""Keep the files of versions in memory for a while: many players load the same few."""

import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from pipeline.errors import NotFound, ObjectMissing, ObjectTooLarge, Unavailable
from pipeline.ports import Ports
from pipeline.records.versions import ModelVersion, VersionFile, VersionStatus
from pipeline.storage_paths import VERSION_FILE, is_signature
from service.backends.bounded import ANSWER_SECONDS
from service.backends.budget import allow
from service.backends.single_flight import SingleFlight
from service.http.problems import DAMAGED_FILE, WITHDRAWN, ProblemError

log = logging.getLogger(__name__)

MOST_BYTES = 32 * 1024 * 1024
"""Of the files that are kept: those of about thirty versions, without their Keras files."""
MOST_VERSIONS = 64
"""Documents of versions that are kept."""
MOST_SIGNATURE_BYTES = 4096


class ServedFile(NamedTuple):
    """A file of a version: its bytes, and their sha256 in hex."""

    data: bytes
    sha256: str


class VersionFiles:
    """The files of versions that are ready, each read from Storage once for all who ask.

    What is given out has the digest that the version's document records.

    Args:
        ports: the project.
        fresh_seconds: how long a version's document is relied on: a withdrawn version is given out
            for no longer.
        most_bytes: of the files that are kept; those that were asked for longest ago go first.
        clock: returns seconds that never go back.
    """

    def __init__(
        self,
        ports: Ports,
        fresh_seconds: float,
        most_bytes: int = MOST_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ports = ports
        self._fresh_seconds = fresh_seconds
        self._most_bytes = most_bytes
        self._clock = clock
        self._asking = threading.Lock()
        self._versions: OrderedDict[str, tuple[ModelVersion, float]] = OrderedDict()
        self._lock = threading.Lock()
        self._files: OrderedDict[str, ServedFile] = OrderedDict()
        self._flights: dict[str, SingleFlight[ServedFile]] = {}

    def get(self, version: str, name: str) -> ServedFile:
        """Return a file.

        Raises:
            NotFound: there is no such version that is ready, or it has no such file.
            ProblemError: the version is withdrawn, or the file is damaged in Storage.
            Unavailable: Firestore or Storage does not answer.
        """
        model = self._find_version(version)
        if model.status is VersionStatus.WITHDRAWN:
            raise ProblemError(
                WITHDRAWN, f"{version} is withdrawn: /v1/release names the version to use."
            )
        if model.status is not VersionStatus.READY:
            raise NotFound(f"{version} is not published by Redraw: see /v1/release")
        path = VERSION_FILE.fill(version=version, name=name)
        listed = next((file for file in model.files if file.path == path), None)
        if listed is not None:
            return self._keep(path, partial(self._read_listed, listed))
        if is_signature(name):  # a version may be signed again, when keys are changed
            return self._keep(path, partial(self._read_signature, path))
        raise NotFound(f"{version} has no file {name}: its manifest.json lists them")

    def _find_version(self, name: str) -> ModelVersion:
        """Return a version as its document said not long ago.

        One document is read at a time, so that no caller can make Redraw read many at once by
        asking for versions that do not exist.
        """
        known = self._versions.get(name)
        if known is not None and self._clock() - known[1] < self._fresh_seconds:
            return known[0]
        if not self._asking.acquire(timeout=0 if known else allow(ANSWER_SECONDS)):
            if known:
                return known[0]
            raise Unavailable("Firestore is not asked: other questions wait for its answer")
        try:
            read_at = self._clock()
            answered = self._versions.get(name)
            if answered is not None and read_at - answered[1] < self._fresh_seconds:
                return answered[0]  # to the question that this one has waited for
            model = self._ports.models.get(name)
        except NotFound:
            self._versions.pop(name, None)
            raise
        except Unavailable as error:
            if known is None:
                raise
            log.warning("%s cannot be read: %s", name, error)
            return known[0]
        else:
            self._versions[name] = model, read_at
            self._versions.move_to_end(name)
            while len(self._versions) > MOST_VERSIONS:
                self._versions.popitem(last=False)
            return model
        finally:
            self._asking.release()

    def _keep(self, path: str, read: Callable[[], ServedFile]) -> ServedFile:
        """Return what is kept under `path`; otherwise what `read` returns, called once for all."""
        with self._lock:
            if path in self._files:
                self._files.move_to_end(path)
                return self._files[path]
            flight = self._flights.setdefault(path, SingleFlight(partial(self._read, path, read)))
            # Joined under the lock: a flight that has ended meanwhile would begin again.
            reading = flight()
        try:
            return reading.result(allow(ANSWER_SECONDS))
        except TimeoutError:
            raise Unavailable("Storage has not answered in time") from None

    def _read(self, path: str, read: Callable[[], ServedFile]) -> ServedFile:
        try:
            file = read()
        except BaseException:
            with self._lock:
                self._flights.pop(path, None)
            raise
        with self._lock:  # at no moment is it neither kept nor being read
            self._flights.pop(path, None)
            self._files[path] = file
            total = sum(len(kept.data) for kept in self._files.values())
            while total > self._most_bytes:
                total -= len(self._files.popitem(last=False)[1].data)
        return file

    def _read_listed(self, file: VersionFile) -> ServedFile:
        try:
            data = self._ports.artefacts.read(file.path, max_bytes=file.size)
        except (ObjectMissing, ObjectTooLarge) as error:
            raise _damaged(file, str(error)) from error
        if VersionFile.of(file.path, data) != file:
            raise _damaged(file, "it has another sha256")
        return ServedFile(data, file.sha256)

    def _read_signature(self, path: str) -> ServedFile:
        data = self._ports.artefacts.read(path, max_bytes=MOST_SIGNATURE_BYTES)
        return ServedFile(data, hashlib.sha256(data).hexdigest())


def _damaged(file: VersionFile, why: str) -> ProblemError:
    log.error("%s cannot be given out: %s", file.path, why)
    return ProblemError(
        DAMAGED_FILE,
        f"{file.path} is missing or damaged in Storage. Go on with the version that you have; "
        "for the owner `redraw doctor` says more.",
    )
