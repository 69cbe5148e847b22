"""A project in memory, and what is published in it."""

from dataclasses import replace
from typing import Any

import numpy as np

from pipeline.adapters.memory import MemoryArtefacts
from pipeline.adapters.memory_models import MemoryModels
from pipeline.adapters.memory_runs import MemoryRuns
from pipeline.categories import CATEGORIES
from pipeline.errors import Unavailable
from pipeline.ports import Ports
from pipeline.records.metrics import Metrics
from pipeline.records.versions import ModelMetrics, ModelVersion
from pipeline.versions.asking import AskingPolicy
from pipeline.versions.contents import list_files
from pipeline.versions.publish import Publication, next_patch, publish
from tests._small_model import make_model

GOLDEN = np.zeros((1, 28, 28), np.uint8)
METRICS = ModelMetrics(accuracy=0.9, loss=0.3, training_samples=100, corrections=7)
EVALUATION = Metrics(
    rows=10, accuracy=0.9, loss=0.3, recall={"cat": 1.0}, precision={"cat": 0.5}, confusion=[1, 2]
)
POLICY = AskingPolicy(
    budget=0.1, source="base", rows=10, thresholds={"cat": 0.3}, common_threshold=0.2
)

PUBLICATION = Publication(
    run_id="run",
    choose_number=next_patch,
    files=list_files(make_model(), EVALUATION, POLICY, "<html/>"),
    metrics=METRICS,
    parent="v1.0.0",
    dataset_revision=3,
    categories=CATEGORIES,
    golden=GOLDEN,
)


def publish_in(ports: Ports, **changes: Any) -> ModelVersion:
    """Publish on ports; the files are not loaded in a process of their own."""
    publication = PUBLICATION._replace(**changes)
    return publish(publication, ports.artefacts, ports.models, check=lambda *_: []).version


class StoppingPort:
    """A port whose call number `stop_at` raises, before it has done its work or after."""

    def __init__(self, port: Any, calls: list[str], stop_at: int | None, *, after: bool) -> None:
        self._port, self._calls, self._stop_at, self._after = port, calls, stop_at, after

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            self._calls.append(name)
            stop = len(self._calls) == self._stop_at
            if stop and not self._after:
                raise Unavailable(name)
            result = getattr(self._port, name)(*args, **options)
            if stop:
                raise Unavailable(name)
            return result

        return call


class Project:
    """Storage and registry in memory."""

    def __init__(self) -> None:
        self.artefacts, self.models = MemoryArtefacts(), MemoryModels(MemoryRuns())

    def publish(
        self,
        run_id: str = "run",
        stop_at: int | None = None,
        *,
        after: bool = False,
        **changes: Any,
    ) -> ModelVersion:
        self.calls: list[str] = []
        return publish(
            PUBLICATION._replace(run_id=run_id, **changes),
            StoppingPort(self.artefacts, self.calls, stop_at, after=after),
            StoppingPort(self.models, self.calls, stop_at, after=after),
            check=lambda files, golden: [],
        ).version


def stopping(ports: Ports, stop_at: int | None, *, after: bool) -> tuple[Ports, list[str]]:
    """Return ports whose call number `stop_at`, counted over all of them, raises; and the calls."""
    calls: list[str] = []
    wrapped: dict[str, Any] = {
        name: StoppingPort(getattr(ports, name), calls, stop_at, after=after)
        for name in ("artefacts", "models", "runs")
    }
    return replace(ports, **wrapped), calls
