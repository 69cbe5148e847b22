"""Whatever stands beside Redraw's own documents: these are listed exactly, and it goes on."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.servers import Emulators
from pipeline.bootstrap import connect, in_memory
from pipeline.ports import Ports
from pipeline.records.versions import VersionStatus
from pipeline.versions.documents import parse_numbers
from pipeline.versions.publish import publish
from tests._examples import examples
from tests.contract._runs import NOW, a_run
from tests.contract._versions import active, ready
from tests.contract.conftest import DEFAULTS
from tests.unit.versions import _publishing

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats()
    | st.text(max_size=8)
    | st.binary(max_size=4)
    | st.just(NOW)
    | st.sampled_from(["ready", "publishing", "run-1", "v1.0.0", "failed", "accept"]),
    lambda inner: (
        st.lists(inner.filter(lambda value: not isinstance(value, list)), max_size=3)
        | st.dictionaries(st.sampled_from(["accuracy", "path", "size", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = (
    "id", "version", "status", "state", "files", "runId", "storagePath", "createdAt", "active",
    "metrics", "gate", "parent", "requestedAt", "trigger", "fence", "releaseFence", "counts",
)  # fmt: skip
DOCUMENTS = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=8)
NUMBERS = st.builds("v{}.{}.{}".format, *3 * [st.integers(0, 3)])
ODD_NUMBERS = st.builds("v0{}.0.{}_100cat".format, *2 * [st.integers(0, 3)])
IDS = NUMBERS | ODD_NUMBERS | st.text("abcv.01 [é]", min_size=1, max_size=6).map("x{}".format)
JUNK = st.dictionaries(IDS, DOCUMENTS, max_size=5)
FOLDERS = st.lists(NUMBERS | ODD_NUMBERS, max_size=3)
PUBLICATION = _publishing.PUBLICATION._replace(run_id="run-new", parent=None, dataset_revision=1)


def check(write: Callable[[str, dict[str, Any]], None], ports: Ports, junk: Any) -> None:
    versions, runs, release, folders = junk
    first = ready(ports.models, "run-good")
    versions.pop(first, None)
    for name, fields in versions.items():
        write(f"models/{name}", fields)
    for name, fields in runs.items():
        write(f"training_runs/{name}", fields)
    if release is not None:
        write("releases/production", release)
    for number, folder in enumerate(folders):
        ports.artefacts.create(f"models/production/{folder}/{number}.h5", b"the owner's own")
    known = parse_numbers([first, *versions, (release or {}).get("version")])

    ports.runs.request(a_run("run-9"))
    page = ports.runs.page(limit=100)
    assert "run-9" in {run.id for run in page.records}
    assert {run.id for run in page.records} | ids(page) == {"run-9", *runs}

    second = publish(PUBLICATION, ports.artefacts, ports.models, lambda *_: []).version.version
    expected = max(known).next_patch()
    while str(expected) in folders:
        expected = expected.next_patch()
    assert second == str(expected)
    assert ports.models.promote(second, by="owner", why="it is better") == ports.models.release()

    listed = ports.models.page(limit=100)
    own = [each for each in listed.records if each.version in {first, second}]
    assert own == [ports.models.get(second), ports.models.get(first)]
    assert [each.version for each in own if each.status is VersionStatus.READY] == [second, first]
    assert {each.version for each in listed.records} | ids(listed) == {first, second, *versions}
    assert second in active(ports.models)


def ids(page: Any) -> set[str]:
    return {each.path.partition("/")[2] for each in page.unreadable}


@settings(max_examples=examples(100), deadline=None, database=None)
@given(st.tuples(JUNK, JUNK, st.none() | DOCUMENTS, FOLDERS))
def test_beside_any_junk_in_memory_everything_goes_on(junk: Any) -> None:
    ports: Any = in_memory()

    def write(path: str, fields: dict[str, Any]) -> None:
        collection, name = path.split("/", 1)
        if collection == "releases":
            ports.models._release = fields
        else:
            stored = {"models": ports.models._models, "training_runs": ports.runs.documents}
            stored[collection][name] = fields

    check(write, ports, junk)


@pytest.mark.slow
def test_beside_any_junk_in_firestore_everything_goes_on(
    embedded_firebase: Emulators, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in embedded_firebase.environment().items():
        monkeypatch.setenv(name, value)

    @settings(max_examples=examples(30), deadline=None, database=None)
    @given(st.tuples(JUNK, JUNK, st.none() | DOCUMENTS, FOLDERS))
    def beside(junk: Any) -> None:
        project = f"demo-{uuid.uuid4().hex}"
        game = firestore.Client(project=project, credentials=AnonymousCredentials())
        ports = connect(DEFAULTS.model_copy(update={"project_id": project, "bucket": project}))
        try:
            check(lambda path, fields: game.document(path).set(fields), ports, junk)
        finally:
            game.close()
            ports.runs._client.close()  # type: ignore[attr-defined]

    beside()
