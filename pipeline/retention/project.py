"""Read what retention decides by: objects, versions, release, trial, slot, and runs."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pipeline.errors import NewerDocument, NotFound, ObjectMissing, UnreadableDocument
from pipeline.ports import ModelRegistry, Ports
from pipeline.records.runs import Run
from pipeline.records.storage import StoredObject
from pipeline.records.versions import ModelVersion
from pipeline.storage_paths import BASE_DIGEST, OWN_FOLDERS, RUNS_FOLDER, run_of
from pipeline.versions.documents import RELEASE_PATH, parse_numbers

PAGE = 200


class ProjectState(NamedTuple):
    """A project at one moment, as far as retention needs it.

    objects: all in Redraw's own folders; those of the game are not even listed.
    versions: all that can be read, the highest number first.
    unsure: documents that cannot be read, so that it is not known which versions are needed.
    in_use: versions that the release, its trial, or the run in the slot names.
    active_run: the run in the slot; None if it is free.
    runs: those that left objects and that can be read, by id.
    unfinished_runs: whose version the janitor has not finished.
    base_digest: of the data set; None if Storage has none.
    """

    objects: list[StoredObject]
    versions: list[ModelVersion]
    unsure: list[str]
    in_use: frozenset[str]
    active_run: str | None
    runs: Mapping[str, Run]
    unfinished_runs: frozenset[str]
    base_digest: str | None


def read_state(ports: Ports, dataset: str) -> ProjectState:
    """Read the state of a project.

    The objects are listed first: what is created later is no subject of the plan. The slot is read
    before the runs: one that ends meanwhile is still counted as under way.

    Args:
        ports: the project.
        dataset: the name of the data set.
    """
    objects = [stored for folder in OWN_FOLDERS for stored in ports.artefacts.list(folder)]
    slot = ports.runs.slot()
    in_use, unsure = _find_in_use(ports)
    if slot.run is not None:
        in_use |= {name for name in (slot.run.champion, slot.run.version) if name}
    versions, odd = _read_versions(ports.models)
    left = sorted({run_of(each.path) for each in objects if each.path.startswith(RUNS_FOLDER)})
    return ProjectState(
        objects=objects,
        versions=versions,
        unsure=[*unsure, *odd],
        in_use=frozenset(in_use),
        active_run=slot.slot.run_id,
        runs=dict(_read_runs(left, ports)),
        unfinished_runs=frozenset(each.run_id for each in ports.models.unfinished().records),
        base_digest=_read_base_digest(ports, dataset),
    )


def _find_in_use(ports: Ports) -> tuple[set[str], list[str]]:
    """Return the versions that release and trial name, and what of these cannot be read."""
    try:
        release = ports.models.release()
    except (UnreadableDocument, NewerDocument) as fault:
        return set(), [fault.path]
    if release is None:
        # It may have been deleted: until one is released again, any version may be wanted.
        return set(), [RELEASE_PATH]
    names = [release.version, release.previous]
    try:
        trial = ports.trials.current()
    except (UnreadableDocument, NewerDocument) as fault:
        return {name for name in names if name}, [fault.path]
    if trial is not None:
        names += [trial.version, trial.against]
    return {name for name in names if name}, []


def _read_versions(models: ModelRegistry) -> tuple[list[ModelVersion], list[str]]:
    versions: list[ModelVersion] = []
    odd: list[str] = []
    after: str | None = None
    while True:
        page = models.page(after, PAGE)
        versions += page.records
        known = {f"models/{each.version}" for each in page.records}
        # What has another id than a number is not Redraw's, and no version of its comes from it.
        odd += [
            each.path
            for each in page.unreadable
            if each.path not in known and parse_numbers([each.path.removeprefix("models/")])
        ]
        if page.next_after is None:
            return versions, odd
        after = page.next_after


def _read_runs(names: Iterable[str], ports: Ports) -> Iterable[tuple[str, Run]]:
    for name in names:
        try:
            yield name, ports.runs.get(name)
        except (NotFound, UnreadableDocument, NewerDocument):
            continue


def _read_base_digest(ports: Ports, dataset: str) -> str | None:
    try:
        data = ports.artefacts.read(BASE_DIGEST.fill(dataset=dataset))
    except ObjectMissing:
        return None
    return data.decode(errors="replace").strip()
