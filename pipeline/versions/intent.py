"""Note what a publication is about to store, before it stores anything.

The note is created once for each number. It proves later which objects under that number the
publication stored, and has all that is needed to finish it without the run: the files' digests, the
metrics, and the golden drawings to check the files by.
"""

import json
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from pydantic import ValidationError

from pipeline.canonical_json import dump_json
from pipeline.drawings import Images
from pipeline.errors import InvalidDataset, ObjectExists, ObjectMissing
from pipeline.npz import dump_arrays, load_arrays
from pipeline.ports import ArtefactStore
from pipeline.records.base import Record
from pipeline.records.versions import ModelMetrics, ModelVersion, VersionFile
from pipeline.storage_paths import PUBLICATION


class _Fields(Record):
    version: str
    files: list[VersionFile]
    metrics: ModelMetrics


class Intent(NamedTuple):
    """What a publication stores under its number.

    golden: uint8 `(n, 28, 28)`, base drawings.
    """

    files: Sequence[VersionFile]
    metrics: ModelMetrics
    golden: Images


def note_intent(version: ModelVersion, intent: Intent, artefacts: ArtefactStore) -> Intent:
    """Store the note of a version; return it as it is stored, which an earlier attempt may have.

    Raises:
        InvalidDataset: the stored note is damaged.
    """
    fields = _Fields(version=version.version, files=list(intent.files), metrics=intent.metrics)
    text = np.frombuffer(dump_json(fields.document()), np.uint8)
    data = dump_arrays({"fields": text, "golden": intent.golden})
    try:
        artefacts.create(_path(version), data)
    except ObjectExists:
        stored = read_intent(version, artefacts)
        return intent if stored is None else stored
    return intent


def read_intent(version: ModelVersion, artefacts: ArtefactStore) -> Intent | None:
    """Return what the publication of a version noted; None if it has stored nothing yet.

    Raises:
        InvalidDataset: the note is damaged.
    """
    path = _path(version)
    try:
        data = artefacts.read(path)
    except ObjectMissing:
        return None
    advice = "delete it; what its publication stored then stays in Storage"
    arrays = load_arrays(data, ("fields", "golden"), path, advice)
    try:
        fields = _Fields.model_validate(json.loads(arrays["fields"].tobytes()))
    except (ValueError, ValidationError) as error:
        raise InvalidDataset(f"cannot read {path}, the file is damaged: {advice}") from error
    return Intent(fields.files, fields.metrics, arrays["golden"])


def _path(version: ModelVersion) -> str:
    return PUBLICATION.fill(run_id=version.run_id, version=version.version)
