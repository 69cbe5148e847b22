"""Publication: stopped after any call and repeated, it ends in the same version with the same bytes."""

import hashlib
import json
from typing import Any

import pytest

from pipeline.adapters.memory import MemoryArtefacts, MemoryModels, MemoryRuns
from pipeline.errors import InvalidModel, Unavailable
from pipeline.records.metrics import Metrics
from pipeline.records.versions import ModelMetrics, ModelVersion, VersionNumber, VersionStatus
from pipeline.versions.asking import AskingPolicy
from pipeline.versions.publish import Publication, list_files, next_baseline, next_patch, publish

METRICS = ModelMetrics(accuracy=0.9, loss=0.3, training_samples=100, corrections=7)
EVALUATION = Metrics(
    rows=10, accuracy=0.9, loss=0.3, recall={"cat": 1.0}, precision={"cat": 0.5}, confusion=[1, 2]
)
POLICY = AskingPolicy(
    budget=0.1, source="base", rows=10, thresholds={"cat": 0.3}, common_threshold=0.2
)


class Stopped:
    """A port of which the `stop_at`-th call raises, before it did its work or after."""

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


class House:
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
        publication = Publication(
            run_id=run_id,
            choose_number=next_patch,
            files=list_files(b"weights", EVALUATION, POLICY, "<html/>"),
            metrics=METRICS,
            parent="v1.0.0",
            dataset_revision=3,
        )
        return publish(
            publication._replace(**changes),
            Stopped(self.artefacts, self.calls, stop_at, after=after),
            Stopped(self.models, self.calls, stop_at, after=after),
        )


@pytest.fixture
def house() -> House:
    return House()


def every_call() -> int:
    house = House()
    house.publish()
    return len(house.calls)


@pytest.mark.parametrize(
    "name", ["quickdraw_v1.0.1.h5", "metadata.json", "asking.json", "report.html", "manifest.json"]
)
def test_foreign_bytes_under_a_path_are_an_error_and_the_version_is_not_ready(
    name: str, house: House
) -> None:
    house.artefacts.create(f"models/production/v1.0.1/{name}", b"foreign")
    with pytest.raises(InvalidModel, match="not what was written"):
        house.publish()
    assert house.models.get("v1.0.1").status is VersionStatus.PUBLISHING


def test_foreign_bytes_leave_no_manifest(house: House) -> None:
    house.artefacts.create("models/production/v1.0.1/metadata.json", b"foreign")
    with pytest.raises(InvalidModel):
        house.publish()
    assert "models/production/v1.0.1/manifest.json" not in house.artefacts.objects


@pytest.mark.parametrize("after", [False, True], ids=["before its work", "after its work"])
@pytest.mark.parametrize("stop_at", range(1, every_call() + 1))
def test_stopped_at_any_call_and_repeated_it_ends_in_the_same_version_with_the_same_bytes(
    stop_at: int, after: bool, house: House
) -> None:
    with pytest.raises(Unavailable):
        house.publish(stop_at=stop_at, after=after)
    half = dict(house.artefacts.objects)

    version = house.publish()

    undisturbed = House()
    undisturbed.models._models = {
        "v1.0.1": version.model_copy(update={"status": VersionStatus.PUBLISHING, "files": []})
    }
    assert undisturbed.publish() == version
    assert undisturbed.artefacts.objects == house.artefacts.objects
    assert (version.version, version.status, len(house.models.list())) == (
        "v1.0.1",
        VersionStatus.READY,
        1,
    )
    assert half.items() <= house.artefacts.objects.items()


@pytest.mark.parametrize("stop_at", range(1, every_call() + 1))
def test_stopped_at_any_call_a_version_that_is_ready_has_all_its_files(
    stop_at: int, house: House
) -> None:
    with pytest.raises(Unavailable):
        house.publish(stop_at=stop_at, after=True)
    for version in house.models.list():
        ready = version.status is VersionStatus.READY
        assert ready == (stop_at == every_call())
        assert {file.path for file in version.files} == (
            set(house.artefacts.objects) if ready else set()
        )


def test_the_manifest_is_created_last(house: House) -> None:
    house.publish()
    assert list(house.artefacts.objects)[-1] == "models/production/v1.0.1/manifest.json"


def test_ready_is_the_very_last_call_and_reserving_the_first(house: House) -> None:
    house.publish()
    assert (house.calls[0], house.calls[-1]) == ("reserve", "mark_ready")


def test_every_recorded_digest_and_size_is_true(house: House) -> None:
    for file in house.publish().files:
        data = house.artefacts.read(file.path)
        assert (file.size, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_the_manifest_names_every_other_file_as_the_registry_does(house: House) -> None:
    version = house.publish()
    manifest = json.loads(house.artefacts.read("models/production/v1.0.1/manifest.json"))
    assert manifest["version"] == "v1.0.1"
    assert manifest["files"] == [file.document() for file in version.files[:-1]]


def test_without_a_report_none_is_published(house: House) -> None:
    version = house.publish(files=list_files(b"weights", EVALUATION, POLICY))
    assert [file.path.rpartition("/")[2] for file in version.files] == [
        "quickdraw_v1.0.1.h5", "metadata.json", "asking.json", "manifest.json",
    ]  # fmt: skip


def test_the_asking_policy_says_whose_guesses_it_is_about(house: House) -> None:
    house.publish()
    stored = json.loads(house.artefacts.read("models/production/v1.0.1/asking.json"))
    assert AskingPolicy.from_document(stored) == POLICY.model_copy(update={"version": "v1.0.1"})


def test_the_metadata_say_where_the_model_comes_from(house: House) -> None:
    house.publish()
    metadata = json.loads(house.artefacts.read("models/production/v1.0.1/metadata.json"))
    assert (metadata["version"], metadata["parent"], metadata["datasetRevision"], metadata["runId"]) == (
        "v1.0.1", "v1.0.0", 3, "run",
    )  # fmt: skip
    assert (metadata["metrics"]["accuracy"], metadata["evaluation"]["confusion"]) == (0.9, [1, 2])


def test_the_order_of_a_map_makes_no_difference_to_the_bytes(house: House) -> None:
    recall = {"cat": 0.5, "sun": 0.25}
    with pytest.raises(Unavailable):
        house.publish(stop_at=every_call(), metrics=METRICS.model_copy(update={"recall": recall}))
    turned = dict(reversed(recall.items()))
    assert (
        house.publish(metrics=METRICS.model_copy(update={"recall": turned})).status
        is VersionStatus.READY
    )


def test_a_repetition_after_ready_calls_nothing_but_reserve(house: House) -> None:
    version = house.publish()
    assert house.publish() == version
    assert house.calls == ["reserve"]


def test_publishing_releases_nothing(house: House) -> None:
    assert not house.publish().active
    assert house.models.release() is None


def test_each_run_gets_a_version_of_its_own_and_numbers_rise(house: House) -> None:
    assert [house.publish(f"run-{each}").version for each in range(3)] == [
        "v1.0.1",
        "v1.0.2",
        "v1.0.3",
    ]


def test_a_number_that_was_only_reserved_is_not_given_again(house: House) -> None:
    with pytest.raises(Unavailable):
        house.publish("dead", stop_at=2)
    assert house.publish("living").version == "v1.0.2"


@pytest.mark.parametrize(
    ("existing", "patch", "baseline"),
    [
        ([], "v1.0.1", "v1.0.0"),
        (["v1.0.0"], "v1.0.1", "v1.1.0"),
        (["v1.0.10", "v1.0.9", "v1.1.2"], "v1.1.3", "v1.2.0"),
    ],
)
def test_the_next_number_is_above_all_that_exist(
    existing: list[str], patch: str, baseline: str
) -> None:
    numbers = [VersionNumber.parse(name) for name in existing]
    assert (str(next_patch(numbers)), str(next_baseline(numbers))) == (patch, baseline)
