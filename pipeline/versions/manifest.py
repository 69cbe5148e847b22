"""The manifest of a version: what its files are, and how clients use them, as one JSON file.

It is stored after all files that it lists, created once, and signed (`signatures.py`). A client
that has checked its signature knows the size and the sha256 of every file, the classes, how a
canvas becomes a drawing, and when to ask the player. What changes later, such as the trial, is in
the release and not here. Made by `describing.py`: to read it needs no HDF5.
"""

import json
from typing import Any, Literal

from pydantic import Field, ValidationError
from pydantic.alias_generators import to_camel

from pipeline.canonical_json import dump_json
from pipeline.errors import InvalidModel
from pipeline.records.base import Record
from pipeline.records.versions import ModelVersion, VersionFile
from pipeline.storage_paths import is_signature, manifest_path, model_path

FORMAT = 1


class ManifestLayer(Record):
    """One array of the network: its name, shape, and dtype."""

    name: str
    shape: list[int]
    dtype: str = "float32"


class ManifestModel(Record):
    """The network. Two versions with the same `backbone_digest` differ in their heads alone."""

    backbone_digest: str
    layers: list[ManifestLayer]


class Manifest(Record):
    """What manifest.json holds."""

    format: Literal[1]
    version: str
    created_at: str | None
    """ISO 8601, with the zone."""
    run_id: str
    parent: str | None
    baseline: str | None
    dataset_revision: int = Field(ge=0)
    categories: list[str]
    files: list[VersionFile]
    model: ManifestModel
    preprocessing: dict[str, Any]
    """How a canvas becomes a drawing: the rule's number and its data."""
    asking: dict[str, Any]
    """What asking.json has."""
    gate: dict[str, Any] | None


def read_manifest(data: bytes) -> Manifest:
    """Return the manifest in these bytes.

    Raises:
        InvalidModel: they are not what Redraw writes; the message says what is wrong.
    """
    try:
        fields = json.loads(data)
    except ValueError as fault:
        raise InvalidModel(f"the manifest is no JSON ({fault}): {_ADVICE}") from None
    if not isinstance(fields, dict):
        raise InvalidModel(f"the manifest is no JSON object: {_ADVICE}")
    if fields.get("format") != FORMAT:
        raise InvalidModel(
            f"the manifest has format {fields.get('format')!r}, and this version of Redraw reads "
            f"format {FORMAT}: update Redraw, or {_ADVICE}"
        )
    # Two programs may read odd JSON in two ways, such as a name that is there twice.
    if dump_json(fields) != data:
        raise InvalidModel(f"the manifest is not written as Redraw writes it: {_ADVICE}")
    try:
        return Manifest.model_validate(fields)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, wrong["loc"]))
        raise InvalidModel(f"the manifest says at {place}: {wrong['msg']}: {_ADVICE}") from None


def compare_manifest(version: ModelVersion, manifest: Manifest) -> list[str]:
    """Return where a version's document and its manifest differ, one line each."""
    origin = describe_origin(version)
    # A document that lost what only describes the version can still be released.
    optional = {"created_at", "baseline", "categories", "gate"}
    expected = {name: told for name, told in origin.items() if told or name not in optional}
    problems = [
        f"its manifest and its document tell different {to_camel(name)}"
        for name, told in expected.items()
        if getattr(manifest, name) != told
    ]
    own = manifest_path(version.version)
    listed = {file.path: file for file in manifest.files}
    recorded = {
        file.path: file
        for file in version.files
        if file.path != own and not is_signature(file.path)
    }
    for path in sorted(listed.keys() | recorded.keys()):
        if path not in listed:
            problems.append(f"its manifest does not list {path}")
        elif path not in recorded:
            problems.append(f"its document does not list {path}")
        elif listed[path] != recorded[path]:
            problems.append(f"its manifest and its document tell different digests of {path}")
    if model_path(version.version) not in listed:
        problems.append("its manifest lists no model")
    return problems


def describe_origin(version: ModelVersion) -> dict[str, Any]:
    """Return the fields that the manifest and the version's document have in common."""
    return {
        "version": version.version,
        "created_at": version.created_at.isoformat() if version.created_at else None,
        "run_id": version.run_id,
        "parent": version.parent,
        "baseline": version.baseline,
        "dataset_revision": version.dataset_revision,
        "categories": version.categories,
        "gate": version.gate.model_dump(mode="json", by_alias=True) if version.gate else None,
    }


_ADVICE = "restore it from a backup, or use another version"
