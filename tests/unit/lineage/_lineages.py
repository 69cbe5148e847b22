"""Lineages of versions that were never made."""

from collections.abc import Mapping

from pipeline.records.dataset import Split
from pipeline.records.lineage import (
    CodeState,
    DatasetOrigin,
    FitOrigin,
    Lineage,
    Machine,
    RunOrigin,
)
from pipeline.records.runs import RunKind


def make_lineage(
    version: str,
    parent: str | None,
    answers: Mapping[str, int],
    *,
    fitted: int | None,
    chose: int = 0,
    revision: int = 1,
) -> Lineage:
    """The lineage of a head that was fitted to so many answers; fitted None: of a baseline."""
    fit = None
    if fitted is not None:
        fit = FitOrigin(
            method="anchored",
            since=0,
            base_rows=10,
            answers=fitted,
            choosing_rows=10,
            choosing_answers=chose,
        )
    return Lineage(
        version=version,
        parent=parent,
        run=RunOrigin(id="run-1", kind=RunKind.RETRAIN),
        dataset=DatasetOrigin(
            name="quickdraw_20cat",
            revision=revision,
            digest="ab",
            base_digest="cd",
            seed=0,
            categories=["cat", "sun"],
            base_rows=dict.fromkeys(Split, 10),
            answers={split: answers.get(split, 0) for split in Split},
        ),
        fit=fit,
        code=CodeState(source_digest="ef"),
        machine=Machine(system="Linux", processor="x86_64", python="3.11.7", libraries={}),
        settings={},
    )
