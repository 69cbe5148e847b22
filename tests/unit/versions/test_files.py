"""The files of a version are looked at before it is released, and while it is."""

from dataclasses import replace
from typing import Any

import pytest

from pipeline.bootstrap import in_memory
from pipeline.errors import UnreadableDocument, VersionNotReady
from pipeline.ports import Ports
from pipeline.records.versions import FIRST_VERSION
from pipeline.signing.keys import SigningKey, make_key
from pipeline.storage_paths import manifest_path, model_path
from pipeline.versions.files import find_damaged, find_lost, list_files_of
from pipeline.versions.promotion import promote_version
from pipeline.versions.signatures import name_signature
from tests.unit.versions._publishing import publish_in

MODEL, MANIFEST = model_path("v1.0.0"), manifest_path("v1.0.0")
DAMAGES: dict[str, Any] = {
    "missing": lambda objects, path: objects.pop(path),
    "cut off": lambda objects, path: objects.__setitem__(path, objects[path][:-1]),
    "too long": lambda objects, path: objects.__setitem__(path, objects[path] + b"x"),
    "flipped": lambda objects, path: objects.__setitem__(
        path, bytes([objects[path][0] ^ 1]) + objects[path][1:]
    ),
}


KEY, OTHER = make_key(), make_key()
WHY: Any = {"by": "owner", "why": "it is better"}


@pytest.fixture
def ports() -> Ports:
    ports = in_memory()
    for number in (FIRST_VERSION, FIRST_VERSION.next_patch()):
        publish_in(
            ports, run_id=str(number), choose_number=lambda _, number=number: number, signer=KEY
        )
    return ports


@pytest.mark.parametrize("path", [MODEL, MANIFEST])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_version_with_a_missing_or_damaged_file_is_not_released_and_the_file_is_named(
    damage: str, path: str, ports: Any
) -> None:
    ports.models.promote("v1.0.1", **WHY)
    DAMAGES[damage](ports.artefacts.objects, path)
    with pytest.raises(VersionNotReady, match=f"{path}.*backup, or promote another version"):
        promote_version("v1.0.0", ports, **WHY)
    assert ports.models.release().version == "v1.0.1"


def test_a_sound_version_is_released(ports: Ports) -> None:
    assert promote_version("v1.0.0", ports, **WHY).version == "v1.0.0"


@pytest.mark.parametrize("trusted", [[KEY], [OTHER, KEY]])
def test_a_version_that_a_trusted_key_has_signed_is_released(
    trusted: list[SigningKey], ports: Ports
) -> None:
    trusting = replace(ports, trusted=tuple(key.public for key in trusted))
    assert promote_version("v1.0.0", trusting, **WHY).version == "v1.0.0"


@pytest.mark.parametrize("damage", [*DAMAGES, "of another key"])
def test_a_version_without_a_valid_signature_is_not_released(damage: str, ports: Any) -> None:
    path = f"models/production/v1.0.0/{name_signature(KEY.public.id)}"
    trusted = OTHER if damage == "of another key" else KEY
    if damage in DAMAGES:
        DAMAGES[damage](ports.artefacts.objects, path)
    with pytest.raises(VersionNotReady, match=r"`redraw keys sign v1\.0\.0`"):
        promote_version("v1.0.0", replace(ports, trusted=(trusted.public,)), **WHY)
    assert ports.models.release() is None


def test_a_version_that_another_program_wrote_is_not_released(ports: Any) -> None:
    """It has files, digests and a manifest as Redraw writes them, but no key."""
    publish_in(ports, run_id="forged")
    with pytest.raises(VersionNotReady, match="has signed its manifest"):
        promote_version("v1.0.2", replace(ports, trusted=(KEY.public,)), **WHY)


def test_a_document_that_contradicts_the_manifest_is_not_released(ports: Any) -> None:
    ports.models._models["v1.0.0"]["categories"] = ["dog", "cat"]
    with pytest.raises(VersionNotReady, match="different categories"):
        promote_version("v1.0.0", ports, **WHY)


def test_a_version_without_files_is_not_released(ports: Any) -> None:
    number = str(FIRST_VERSION)
    without = ports.models.get(number).model_copy(update={"files": []})
    ports.models._models[number] = without.document()
    with pytest.raises(UnreadableDocument, match=r"v1\.0\.0 .*it is ready, but has none"):
        promote_version("v1.0.0", ports, **WHY)
    assert find_lost(without, {}) == ["v1.0.0 names no files"]


@pytest.mark.parametrize("path", [MODEL, MANIFEST])
@pytest.mark.parametrize("damage", DAMAGES)
def test_one_listing_shows_all_damage_but_a_change_within_a_file(
    damage: str, path: str, ports: Any
) -> None:
    DAMAGES[damage](ports.artefacts.objects, path)
    version = ports.models.get("v1.0.0")
    lost = find_lost(version, list_files_of("v1.0.0", ports.artefacts))
    assert [path in problem for problem in lost] == ([] if damage == "flipped" else [True])
    assert [path in problem for problem in find_damaged(version.files, ports.artefacts)] == [True]
