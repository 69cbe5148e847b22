"""A flipped byte in any file of a version is named, before anything uses the version."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.bootstrap import in_memory
from pipeline.drawings import Images
from pipeline.errors import InvalidModel, RedrawError, VersionNotReady
from pipeline.ports import Ports
from pipeline.signing.keys import SigningKey
from pipeline.storage_paths import manifest_path, model_path
from pipeline.versions import verification
from pipeline.versions.contents import list_files
from pipeline.versions.load import load_version
from pipeline.versions.promotion import promote_version
from pipeline.versions.signatures import name_signature
from pipeline.versions.signing import sign_version
from pipeline.versions.verification import Verdict, make_drawings, verify_version
from tests._small_model import make_model
from tests.unit.versions._publishing import EVALUATION, POLICY, publish_in

# Not drawn at random: their ids are in the names of tests.
KEY, NEW = SigningKey(bytes(range(32))), SigningKey(bytes(range(1, 33)))
FOLDER = "models/production/v1.0.1"
SIGNATURE = f"{FOLDER}/{name_signature(KEY.public.id)}"


@cache
def published() -> Any:
    ports = replace(in_memory(), trusted=(KEY.public,))
    publish_in(ports, signer=KEY)
    return ports


@pytest.fixture
def ports() -> Any:
    """A version of its own for each test."""
    copied: Any = replace(in_memory(), trusted=(KEY.public,))
    copied.artefacts.objects = dict(published().artefacts.objects)
    copied.models._models = {
        name: dict(fields) for name, fields in published().models._models.items()
    }
    return copied


def stored(ports: Any) -> list[str]:
    return sorted(path for path in ports.artefacts.objects if path.startswith(FOLDER))


def alike(files: Mapping[str, bytes], golden: Images) -> list[str]:
    """Stand for the comparison of formats in a process of its own."""
    return []


def verify(ports: Ports) -> list[Verdict]:
    return verify_version(ports.models.get("v1.0.1"), ports.artefacts, ports.trusted, alike)


def problems(ports: Ports) -> dict[str, str]:
    return {verdict.path: verdict.problem for verdict in verify(ports) if verdict.problem}


def test_each_file_has_a_line_and_a_sound_version_has_no_problem(ports: Any) -> None:
    verdicts = verify(ports)
    assert [verdict.path for verdict in verdicts if verdict.problem] == []
    assert {verdict.path for verdict in verdicts} == set(stored(ports))


@given(data=st.data())
def test_any_flipped_bit_in_any_file_is_named_and_the_version_is_not_released(
    data: st.DataObject,
) -> None:
    ports: Any = published()
    path = data.draw(st.sampled_from(stored(ports)), label="file")
    whole = ports.artefacts.objects[path]
    place = data.draw(st.integers(0, len(whole) - 1), label="byte")
    flipped = bytearray(whole)
    flipped[place] ^= 1 << data.draw(st.integers(0, 7), label="bit")
    ports.artefacts.objects[path] = bytes(flipped)
    try:
        assert path in problems(ports)
        with pytest.raises(VersionNotReady):
            promote_version("v1.0.1", ports, by="owner", why="it is better")
        if path == model_path("v1.0.1"):
            with pytest.raises(InvalidModel):
                load_version(ports.models.get("v1.0.1"), ports.artefacts)
    finally:
        ports.artefacts.objects[path] = whole


@pytest.mark.parametrize("path", stored(published()))
def test_a_file_that_is_missing_cut_or_longer_is_named(path: str, ports: Any) -> None:
    whole = ports.artefacts.objects[path]
    for damaged in (whole[:-1], whole + b"x", b""):
        ports.artefacts.objects[path] = damaged
        assert path in problems(ports)
    del ports.artefacts.objects[path]
    assert path in problems(ports)


def test_files_and_document_that_were_exchanged_together_have_no_signature(ports: Any) -> None:
    """An attacker who can write to Firestore and Storage can make both agree, but has no key."""
    forged = publish_in(
        ports, run_id="forged", files=list_files(make_model(1), EVALUATION, POLICY), signer=NEW
    )
    found = verify_version(forged, ports.artefacts, ports.trusted, alike)
    assert [(verdict.path, verdict.problem) for verdict in found if verdict.problem] == [
        (manifest_path("v1.0.2"), "none of the trusted keys has a valid signature of it")
    ]


def test_a_manifest_that_describes_another_network_is_named(
    ports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = verification.describe_model(verification.read_predictor(make_model(1)))
    monkeypatch.setattr(verification, "describe_model", lambda predictor: other)
    assert problems(ports) == {
        model_path("v1.0.1"): "its layers or its backbone are not those of the manifest"
    }


def test_what_the_comparison_of_formats_finds_is_a_problem(ports: Any) -> None:
    found = verify_version(
        ports.models.get("v1.0.1"), ports.artefacts, (), lambda files, _: [f"{min(files)} differs"]
    )
    assert [verdict for verdict in found if verdict.problem] == [
        Verdict("v1.0.1", "asking.json differs")
    ]


def test_another_programs_file_in_the_folder_is_noted_and_no_problem(ports: Any) -> None:
    ports.artefacts.create(f"{FOLDER}/notes.txt", b"mine")
    assert problems(ports) == {}
    noted = {verdict.path: verdict.note for verdict in verify(ports)}
    assert noted[f"{FOLDER}/notes.txt"] == "it is no file of this version, and no client loads it"


def test_a_signature_by_an_unknown_key_counts_for_nothing(ports: Any) -> None:
    alone = replace(ports, trusted=(NEW.public,))
    assert problems(alone) == {
        manifest_path("v1.0.1"): "none of the trusted keys has a valid signature of it"
    }


def test_a_version_that_is_not_ready_is_not_verified(ports: Any) -> None:
    ports.models.withdraw("v1.0.1", by="owner", why="it was worse")
    with pytest.raises(VersionNotReady, match="only ready ones are whole"):
        verify(ports)


def test_a_new_key_signs_beside_the_old_one_once(ports: Any) -> None:
    version = ports.models.get("v1.0.1")
    before = dict(ports.artefacts.objects)
    assert sign_version(version, ports.artefacts, NEW)
    assert not sign_version(version, ports.artefacts, NEW)
    added = ports.artefacts.objects.keys() - before.keys()
    assert added == {f"{FOLDER}/{name_signature(NEW.public.id)}"}
    for keys in ((KEY.public,), (NEW.public,)):
        assert problems(replace(ports, trusted=keys)) == {}


def test_signing_again_repairs_a_damaged_signature(ports: Any) -> None:
    whole = ports.artefacts.objects[SIGNATURE]
    ports.artefacts.objects[SIGNATURE] = whole[:-3]
    assert sign_version(ports.models.get("v1.0.1"), ports.artefacts, KEY)
    assert ports.artefacts.objects[SIGNATURE] == whole


def test_what_is_damaged_or_not_ready_is_not_signed(ports: Any) -> None:
    ports.artefacts.objects[model_path("v1.0.1")] = b"other"
    with pytest.raises(RedrawError, match="cannot be released"):
        sign_version(ports.models.get("v1.0.1"), ports.artefacts, NEW)
    ports.models.withdraw("v1.0.1", by="owner", why="it was worse")
    with pytest.raises(VersionNotReady, match="only a ready version is signed"):
        sign_version(ports.models.get("v1.0.1"), ports.artefacts, NEW)


def test_a_document_with_another_digest_than_the_manifest_is_not_loaded(ports: Any) -> None:
    ports.artefacts.objects[model_path("v1.0.1")] = make_model(1)
    version = ports.models.get("v1.0.1")
    forged = version.files[0].of(model_path("v1.0.1"), make_model(1))
    with pytest.raises(InvalidModel, match="tell different digests"):
        load_version(
            version.model_copy(update={"files": [forged, *version.files[1:]]}), ports.artefacts
        )


def test_the_models_are_compared_on_drawings_with_ink() -> None:
    drawings = make_drawings()
    assert drawings.shape == (40, 28, 28)
    assert ((drawings > 0).sum(axis=(1, 2)) > 20).all()
    assert (drawings == make_drawings()).all()
