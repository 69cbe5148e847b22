"""Make the manifest of a version from its record and its files."""

import json
from collections.abc import Mapping

from pipeline.canonical_json import dump_json
from pipeline.drawings.rule import describe_rule
from pipeline.model.file import read_predictor
from pipeline.model.network import SHAPES
from pipeline.model.predict import Predictor
from pipeline.records.versions import ModelVersion, VersionFile
from pipeline.storage_paths import VERSION_FILE
from pipeline.versions.manifest import (
    FORMAT,
    Manifest,
    ManifestLayer,
    ManifestModel,
    describe_origin,
)

LAYER_NAMES = (
    "conv1/kernel", "conv1/bias", "conv2/kernel", "conv2/bias", "dense/kernel", "dense/bias",
)  # fmt: skip
"""The arrays of the network, in the order of weights.bin."""


def make_manifest(version: ModelVersion, contents: Mapping[str, bytes]) -> bytes:
    """Return the bytes of a version's manifest: the same for the same version and files.

    Args:
        version: with its number, classes and the gate's decision.
        contents: the bytes of the files by name, in the order in which they were stored.
    """
    predictor = read_predictor(contents[f"quickdraw_{version.version}.h5"])
    manifest = Manifest(
        format=FORMAT,
        **describe_origin(version),
        files=[
            VersionFile.of(VERSION_FILE.fill(version=version.version, name=name), data)
            for name, data in contents.items()
        ],
        model=describe_model(predictor),
        preprocessing=describe_rule(),
        asking=json.loads(contents["asking.json"]),
    )
    return dump_json(manifest.document())


def describe_model(predictor: Predictor) -> ManifestModel:
    """Return the part of the manifest that describes the network."""
    head = predictor.head
    shapes = [*SHAPES, head.weights.shape, head.bias.shape]
    return ManifestModel(
        backbone_digest=predictor.backbone_digest,
        layers=[
            ManifestLayer(name=name, shape=list(shape))
            for name, shape in zip(LAYER_NAMES, shapes, strict=True)
        ],
    )
