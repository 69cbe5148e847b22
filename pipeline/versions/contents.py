"""Make the files of a version, each from the version's record once its number is known."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias

from pipeline.canonical_json import dump_json
from pipeline.formats.kinds import MODEL_NAME
from pipeline.model.keras_config import TRIED_WITH
from pipeline.records.formats import Int8Decision
from pipeline.records.lineage import Lineage
from pipeline.records.metrics import Metrics
from pipeline.records.versions import ModelVersion
from pipeline.versions.asking import AskingPolicy

MakeFile: TypeAlias = Callable[[ModelVersion], bytes]
"""Makes a file of the version whose number is now known. It must make the same bytes each time."""


def list_files(
    model: bytes,
    evaluation: Metrics,
    policy: AskingPolicy,
    report: str | None = None,
    *,
    int8: Int8Decision | None = None,
    formats: Mapping[str, bytes] | None = None,
    lineage: Lineage | None = None,
    card: Mapping[str, MakeFile] | None = None,
) -> dict[str, MakeFile]:
    """Return the files of a version, without the manifest.

    Args:
        model: the Keras file.
        evaluation: the metrics on the base test split, for metadata.json.
        policy: when to ask players; it gets the version's number.
        report: the page for the owner, if there is one.
        int8: what was decided about the int8 file, for metadata.json.
        formats: the model's other files, by name; see `pipeline.formats.kinds.write_formats`.
        lineage: how the version came about; it gets the version's number and time. None: it does
            not say, and cannot be rebuilt.
        card: its card and its guesses, see `pipeline.cards.files.list_describing_files`.
    """
    files: dict[str, MakeFile] = {
        MODEL_NAME: lambda _: model,
        "metadata.json": lambda version: _dump_metadata(version, evaluation, int8),
        "asking.json": lambda version: dump_json(
            policy.model_copy(update={"version": version.version}).document()
        ),
        **{name: partial(_give, data) for name, data in (formats or {}).items()},
        **(card or {}),
    }
    if lineage is not None:
        files["lineage.json"] = partial(_dump_lineage, lineage)
    if report is not None:
        files["report.html"] = lambda _: report.encode()
    return files


def _give(data: bytes, _: ModelVersion) -> bytes:
    return data


def _dump_lineage(lineage: Lineage, version: ModelVersion) -> bytes:
    numbered = lineage.model_copy(
        update={
            "version": version.version,
            "created_at": version.created_at,
            "baseline": lineage.baseline or version.version,
        }
    )
    return dump_json(numbered.model_dump(mode="json", by_alias=True))


def _dump_metadata(version: ModelVersion, evaluation: Metrics, int8: Int8Decision | None) -> bytes:
    return dump_json(
        {
            "version": version.version,
            "createdAt": version.created_at.isoformat() if version.created_at else None,
            "parent": version.parent,
            "datasetRevision": version.dataset_revision,
            "runId": version.run_id,
            "categories": version.categories,
            "input": {
                "shape": [28, 28, 1],
                "dtype": "float32",
                "range": [0, 1],
                "ink": "white on black",
            },
            "modelFile": {"format": "Keras HDF5", "triedWith": TRIED_WITH},
            "metrics": version.metrics.document() if version.metrics else None,
            "evaluation": evaluation.document(),
            "int8": int8.document() if int8 else None,
            "gate": version.gate.model_dump(mode="json", by_alias=True) if version.gate else None,
        }
    )
