"""A project in memory with released versions and a run that publishes; and what must hold."""

from collections.abc import Callable
from copy import copy
from datetime import UTC, datetime
from typing import Any, Self

from pipeline.bootstrap import in_memory
from pipeline.ports import Ports
from pipeline.records.releases import Promotion
from pipeline.records.runs import Lease, Run, RunState
from pipeline.records.versions import VersionStatus
from pipeline.storage_paths import VERSIONS_FOLDER, manifest_path
from pipeline.versions.files import require_files
from pipeline.versions.janitor import tidy_versions
from pipeline.versions.promotion import promote_version
from tests.unit.versions._publishing import publish_in, stopping

RUN = "run-1"
WHY = "it is better"


class ReleasedWorld:
    """v1.0.1 to v1.0.`versions`, the last one released; and a run in the slot, with its lease."""

    def __init__(self, versions: int = 1) -> None:
        self.ports = in_memory()
        for number in range(versions):
            made = publish_in(self.ports, run_id=f"old-{number}")
            promote_version(made.version, self.ports, by="owner", why=WHY)
        self.ports.runs.request(Run(id=RUN, requested_at=datetime.now(UTC)))
        self.lease = self.claim()
        self.seen = self.ports.models.release()

    def copy(self, copy_ports: Callable[[Ports], Ports]) -> Self:
        """Return another world with the same documents and objects, and the same lease."""
        made = copy(self)
        made.ports = copy_ports(self.ports)
        return made

    def claim(self) -> Lease:
        """Take the lease of the run, as a worker does that takes it over."""
        runs: Any = self.ports.runs
        runs.expire()
        return self.ports.runs.claim(RUN, "worker", 60)

    def publish(self, ports: Ports | None = None, *, release: bool = True) -> str:
        """Publish the run's version, and release it unless another one was released since."""
        fence = None if self.seen is None else self.seen.fence
        promotion = Promotion(RUN, WHY, replacing=fence) if release else None
        made = publish_in(ports or self.ports, run_id=RUN, lease=self.lease, promotion=promotion)
        return made.version

    def fail(self) -> None:
        """End the run as failed, as happens after too many deaths of its workers."""
        self.ports.runs.record(self.claim(), {"state": RunState.FAILED})

    def tidy(self, ports: Ports | None = None) -> None:
        """Let the janitor work."""
        tidy_versions(ports or self.ports, lambda *_: [])

    def state(self) -> dict[str, Any]:
        """All that clients and owners see, without times."""
        models = self.ports.models
        release = models.release()
        assert release is not None
        return {
            "versions": {each.version: (each.status, each.active) for each in models.list()},
            "release": (release.version, release.previous, release.fence),
            "history": [(each.fence, each.version, each.by) for each in models.history().records],
            "files": [stored.path for stored in self.ports.artefacts.list(VERSIONS_FOLDER)],
            "run": self.ports.runs.get(RUN).version,
        }

    def require_sound(self) -> None:
        """Fail unless what clients may see is whole, and all documents agree."""
        models = self.ports.models
        release, versions = models.release(), models.list()
        ready = {each.version: each for each in versions if each.status is VersionStatus.READY}
        for version in ready.values():
            require_files(version, self.ports.artefacts)
            assert manifest_path(version.version) in {file.path for file in version.files}
        assert release is not None
        assert release.version in ready
        assert [each.version for each in versions if each.active] == [release.version]
        history = models.history().records
        fences = [each.fence for each in history]
        assert fences == sorted(set(fences), reverse=True)
        assert (history[0].version, history[0].previous) == (release.version, release.previous)
        assert release.stands_since(history[0].fence)
        named = self.ports.runs.get(RUN).version
        assert named is None or named in ready

    def require_tidy(self) -> None:
        """Fail unless every version has ended, and Storage has nothing of those given up."""
        versions = self.ports.models.list()
        assert not self.ports.models.unfinished().records
        ready = {each.version for each in versions if each.status is VersionStatus.READY}
        stored = self.ports.artefacts.list(VERSIONS_FOLDER)
        assert {each.path.split("/")[2] for each in stored} == ready


def count_calls(work: Callable[[Ports], Any], ports: Ports) -> int:
    """Return how many calls of ports `work` makes."""
    watched, calls = stopping(ports, None, after=False)
    work(watched)
    return len(calls)
