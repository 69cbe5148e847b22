"""The contract of RawDocuments and RawObjects: anything survives, at one moment."""

import base64
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import google_crc32c
import pytest

from pipeline.adapters import raw_firestore
from pipeline.adapters.raw_memory import MemoryRawDocuments, MemoryRawObjects
from pipeline.backup_errors import DocumentDiffers, MomentPassed
from pipeline.bootstrap import connect_raw
from pipeline.errors import ObjectExists, ObjectMissing
from pipeline.ports.raw import RawProject
from pipeline.records.backups import KeptObject, RawDocument
from tests._official import official_only
from tests.contract.conftest import DEFAULTS

FIELDS = {
    "text": {"stringValue": "a\u2028\0\U0001f600"},
    "whole": {"integerValue": "-9223372036854775808"},
    "numbers": {
        "arrayValue": {
            "values": [
                {"doubleValue": number}
                for number in (0.1, -0.0, 1e300, 5e-324, 3.0, "NaN", "Infinity", "-Infinity")
            ]
        }
    },
    "moment": {"timestampValue": "2026-11-30T23:59:59.123456000Z"},
    "first": {"timestampValue": "0001-01-01T00:00:00.000000000Z"},
    "last": {"timestampValue": "9999-12-31T23:59:59.999999000Z"},
    "nothing": {"nullValue": None},
    "yes": {"booleanValue": True},
    "bytes": {"bytesValue": base64.b64encode(bytes(range(256))).decode()},
    "own": {"referenceValue": "documents/models/v1.0.0"},
    "foreign": {"referenceValue": "projects/p/databases/(default)/documents/a/b"},
    "place": {"geoPointValue": {"latitude": -90.0, "longitude": 179.5}},
    "map": {"mapValue": {"fields": {"a.b`\\": {"mapValue": {"fields": {}}}}}},
    "list": {"arrayValue": {"values": []}},
}
PATHS = [
    "corrections/A",
    "corrections/a",
    "corrections/a/below/b",
    "corrections/a/below/b/further/c",
    "corrections/b.. é\U0001f600",
    "corrections/missing/below/d",
    "corrections/" + "x" * 1500,
]


@pytest.fixture(
    params=["memory", "embedded", pytest.param("official", marks=[official_only, pytest.mark.slow])]
)
def project(request: pytest.FixtureRequest) -> Iterator[RawProject]:
    if request.param == "memory":
        yield RawProject(MemoryRawDocuments(), MemoryRawObjects(), "p", "b")
        return
    emulators = request.getfixturevalue(f"{request.param}_firebase")
    name = f"demo-{uuid.uuid4().hex}"
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in emulators.environment().items():
            patch.setenv(variable, value)
        settings = DEFAULTS.model_copy(update={"project_id": name, "bucket": f"{name}.app"})
        yield connect_raw(settings)


def documents(*paths: str) -> list[RawDocument]:
    return [RawDocument(path, FIELDS) for path in paths]


def test_every_kind_of_value_and_of_path_is_read_as_it_was_written(project: RawProject) -> None:
    project.documents.create(documents(*PATHS))
    assert list(project.documents.read("corrections")) == documents(*PATHS)


def test_other_collections_are_not_read(project: RawProject) -> None:
    project.documents.create(
        documents("correction/a", "corrections/a", "corrections0/a", "a/b/corrections/c")
    )
    assert list(project.documents.read("corrections")) == documents("corrections/a")


def test_documents_are_read_page_by_page(
    project: RawProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw_firestore, "PAGE", 2)
    project.documents.create(documents(*PATHS))
    assert [each.path for each in project.documents.read("corrections")] == PATHS


def test_a_moment_shows_what_there_was_at_it(project: RawProject) -> None:
    before = [RawDocument("models/a", {"n": {"integerValue": "1"}})]
    project.documents.create([*before, *documents("models/b")])
    moment = project.documents.find_moment()
    project.documents.replace([RawDocument("models/a", {}), *documents("models/c")])
    found = list(project.documents.read("models", moment))
    assert found == [*before, *documents("models/b")]


def test_a_moment_of_long_ago_has_passed(project: RawProject) -> None:
    long_ago = project.documents.find_moment() - timedelta(days=30)
    with pytest.raises(MomentPassed, match="start the backup again"):
        list(project.documents.read("models", long_ago))


def test_what_is_there_and_equal_is_created_again_without_harm(project: RawProject) -> None:
    project.documents.create(documents("models/a"))
    project.documents.create(documents("models/a", "models/b"))
    assert list(project.documents.read("models")) == documents("models/a", "models/b")


def test_what_is_there_and_differs_is_not_written_over(project: RawProject) -> None:
    project.documents.create([RawDocument("models/a", {})])
    with pytest.raises(DocumentDiffers, match="models/a"):
        project.documents.create(documents("models/a"))
    assert list(project.documents.read("models")) == [RawDocument("models/a", {})]


def test_documents_are_replaced_whole(project: RawProject) -> None:
    project.documents.create(documents("models/a"))
    project.documents.replace([RawDocument("models/a", {"n": {"nullValue": None}})])
    assert list(project.documents.read("models")) == [
        RawDocument("models/a", {"n": {"nullValue": None}})
    ]


def test_more_bytes_than_one_commit_takes_are_written(project: RawProject) -> None:
    large = {"text": {"stringValue": "x" * 900_000}}
    many = [RawDocument(f"models/{number:02d}", large) for number in range(13)]
    project.documents.create(many)
    assert list(project.documents.read("models")) == many


DATA = b"\x1f\x8b no gzip, whatever it says"
SAID = {
    "contentType": "image/png",
    "cacheControl": "no-store",
    "contentDisposition": 'attachment; filename="é"',
    "contentLanguage": "de",
    "metadata": {"a key": "é\n", "b": ""},
}
NAMES = ["runs/../x", "runs/A", "runs/a", "runs/a/", "runs/a//b%2F?#*[é\U0001f600]"]


def kept(path: str, data: bytes = DATA, **fields: object) -> KeptObject:
    checksum = base64.b64encode(google_crc32c.value(data).to_bytes(4, "big")).decode()
    return KeptObject(path, len(data), "", checksum, 0, fields or SAID)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "source").write_bytes(DATA)
    return tmp_path / "source"


def test_objects_are_listed_with_all_that_their_writer_said(
    project: RawProject, source: Path
) -> None:
    for name in reversed(NAMES):
        project.objects.create(kept(name), source)
    project.objects.create(kept("runs.txt"), source)
    found = list(project.objects.list("runs/"))
    assert [each.path for each in found] == NAMES
    assert [(each.size, each.checksum, each.fields) for each in found] == [
        (len(DATA), kept("").checksum, SAID)
    ] * len(NAMES)


def test_an_object_is_read_by_its_generation(
    project: RawProject, source: Path, tmp_path: Path
) -> None:
    project.objects.create(kept("runs/a"), source)
    (first,) = project.objects.list("runs/")
    project.objects.read_to_file("runs/a", first.generation, tmp_path / "target")
    assert (tmp_path / "target").read_bytes() == DATA
    project.objects.replace(kept("runs/a"), source)
    with pytest.raises(ObjectMissing, match="deleted or replaced"):
        project.objects.read_to_file("runs/a", first.generation, tmp_path / "target")


def test_an_object_is_created_once_and_replaced_on_demand(
    project: RawProject, source: Path
) -> None:
    project.objects.create(kept("runs/a"), source)
    with pytest.raises(ObjectExists):
        project.objects.create(kept("runs/a", contentType="text/plain"), source)
    project.objects.replace(kept("runs/a", contentType="text/plain"), source)
    (found,) = project.objects.list("runs/")
    assert found.fields == {"contentType": "text/plain"}


def test_an_empty_bucket_has_no_objects(project: RawProject) -> None:
    assert list(project.objects.list("runs/")) == []
    assert list(project.documents.read("corrections")) == []
