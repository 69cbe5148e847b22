"""Keep the drawings of the base that pages show in memory: they never change."""

from concurrent.futures import wait
from typing import NamedTuple

from pipeline.dataset.samples import Samples, read_base_digest, read_samples
from pipeline.ports import ArtefactStore
from service.backends.budget import allow
from service.backends.single_flight import SingleFlight
from service.backends.slow_result import StillWorking


class KnownSamples(NamedTuple):
    """Drawings of the base with this digest."""

    base: str
    drawings: Samples


class SampleDrawings:
    """The drawings of the data set's base, read from Storage once by each process.

    Args:
        artefacts: Storage; a read may take longer than a request waits.
        dataset: the name of the data set.
        wait_seconds: how long a request waits for the first read.
    """

    def __init__(self, artefacts: ArtefactStore, dataset: str, wait_seconds: float) -> None:
        self._artefacts, self._dataset, self._wait_seconds = artefacts, dataset, wait_seconds
        self._known: KnownSamples | None = None
        self._reading = SingleFlight(self._read)

    def get(self) -> KnownSamples | None:
        """Return the drawings; None: no run has stored them yet.

        Raises:
            Unavailable: Storage does not answer; StillWorking: it has not answered yet.
            InvalidDataset: the object is damaged.
        """
        if self._known is not None:
            return self._known
        reading = self._reading()
        wait([reading], allow(self._wait_seconds))
        if not reading.done():
            raise StillWorking("the drawings are being read from Storage")
        return reading.result()

    def _read(self) -> KnownSamples | None:
        digest = read_base_digest(self._artefacts, self._dataset)
        drawings = None if digest is None else read_samples(self._artefacts, self._dataset, digest)
        if digest is None or drawings is None:
            return None
        self._known = KnownSamples(digest, drawings)
        return self._known
