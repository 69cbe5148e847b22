"""Records survive the way through a Firestore document; versions are ordered as numbers."""

import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.errors import RedrawError
from pipeline.records.runs import Counts, Progress, Run, RunState, Trigger
from pipeline.records.versions import Release, VersionFile, VersionNumber
from pipeline.storage_paths import manifest_path, model_path

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
numbers = st.builds(VersionNumber, *[st.integers(0, 999)] * 3)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1.0.0",
        "v1.0",
        "v1.0.0 ",
        "v1.0.0\n",
        "V1.0.0",
        "v-1.0.0",
        "v01.0.0",
        "v\u0661.0.0",
        "v1.0.0-rc1",
    ],
)
def test_what_is_no_version_is_refused_with_how_to_write_one(text: str) -> None:
    with pytest.raises(RedrawError, match=r"write it like v1\.0\.0"):
        VersionNumber.parse(text)


@given(numbers)
def test_a_version_is_read_back_as_it_was_written(number: VersionNumber) -> None:
    assert VersionNumber.parse(str(number)) == number


@given(numbers)
def test_the_next_patch_and_the_next_minor_rise(number: VersionNumber) -> None:
    assert number < number.next_patch() < number.next_minor()


def test_versions_are_ordered_as_numbers_not_as_text() -> None:
    assert VersionNumber.parse("v1.0.10") > VersionNumber.parse("v1.0.9")


@given(
    st.sampled_from(RunState),
    st.integers(0, 9),
    st.text(max_size=5),
    st.dictionaries(st.text(max_size=3), st.floats(0, 9)),
)
def test_a_run_survives_its_way_through_a_document(
    state: RunState, attempts: int, text: str, seconds: dict[str, float]
) -> None:
    run = Run(
        id="r",
        state=state,
        trigger=Trigger.CLOCK,
        requested_at=NOW,
        attempts=attempts,
        reason=text,
        seconds=seconds,
        progress=Progress(message=text, done=1),
        counts=Counts(reasons={text: 2}),
    )
    assert Run.from_document(run.document()) == run


def test_documents_are_spelled_as_firestore_has_them() -> None:
    release = Release(version="v1.0.0", manifest_path="m", fence=1, updated_at=NOW)
    assert set(release.document()) == {
        "version", "previous", "manifestPath", "categories", "fence", "versionFence",
        "updatedAt", "trial", "schema",
    }  # fmt: skip


def test_an_unknown_field_of_a_document_is_ignored() -> None:
    assert Run.from_document({"id": "r", "requestedAt": NOW, "someday": 1}).id == "r"


def test_a_document_without_a_needed_field_is_invalid() -> None:
    with pytest.raises(ValidationError):
        Run.from_document({"id": "r"})


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Progress().done = 1  # type: ignore[misc]


@pytest.mark.parametrize("state", RunState)
def test_the_last_seven_states_are_ends(state: RunState) -> None:
    assert state.ended == (state in list(RunState)[-7:])


def test_a_file_s_entry_holds_its_size_and_digest() -> None:
    entry = VersionFile.of("p", b"data")
    assert (entry.size, entry.sha256) == (4, hashlib.sha256(b"data").hexdigest())


def test_a_version_s_files_lie_where_the_game_looks_for_them() -> None:
    assert model_path("v1.0.1") == "models/production/v1.0.1/quickdraw_v1.0.1.h5"
    assert manifest_path("v1.0.1") == "models/production/v1.0.1/manifest.json"
