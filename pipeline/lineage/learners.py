"""Find the versions that a correction took part in."""

import re
from functools import cache
from typing import NamedTuple

from pipeline.dataset.log import Log
from pipeline.drawings import image_digest
from pipeline.errors import NewerDocument, NotFound, UnreadableDocument
from pipeline.lineage.learned import open_log, read_additions
from pipeline.lineage.parts import find_own_span, find_part
from pipeline.lineage.reading import read_lineage, read_lineages
from pipeline.ports import ArtefactStore, ModelRegistry, Ports
from pipeline.records.dataset import Split
from pipeline.records.learning import Learner, MergedAs, Part
from pipeline.records.lineage import Lineage
from pipeline.records.versions import ModelVersion, VersionNumber, VersionStatus

RUN_ID_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
PUBLISHED = (VersionStatus.READY, VersionStatus.WITHDRAWN)


class Found(NamedTuple):
    """Where a correction is: its revision, its row there, its split, and its drawing's digest."""

    revision: int
    row: int
    split: Split
    digest: str


def find_learners(
    correction_id: str, run_id: str | None, ports: Ports, dataset: str
) -> MergedAs | None:
    """Return where a merged correction is, and the versions that it took part in.

    Args:
        correction_id: the correction.
        run_id: the run that merged it, as far as its document says. It is looked for in what that
            run added first, and otherwise in all revisions, one after another.
        ports: the project.
        dataset: the name of the data set.

    Returns:
        None if the data set does not hold it.
    """
    log = open_log(ports.artefacts, dataset)
    found = _locate(correction_id, run_id, ports, log)
    if found is None:
        return None
    versions = [model for model in _list_versions(ports.models) if _holds(model, found.revision)]
    lineages = read_lineages((model.version for model in versions), ports.artefacts)
    find = cache(lambda name: lineages.get(name) or read_lineage(name, ports.artefacts))
    position = cache(lambda: _find_position(found, lineages, ports.artefacts, log))

    def tell(model: ModelVersion) -> Part:
        lineage = lineages.get(model.version)
        if lineage is None:
            return Part.UNKNOWN
        if found.split is Split.TEST:
            return Part.JUDGED
        span = find_own_span(lineage, found.split)
        if span.start == 0 and len(span):  # it learned from all of them
            return find_part(lineage, found.split, 0, find)
        return find_part(lineage, found.split, position(), find)

    return MergedAs(
        revision=found.revision,
        split=found.split,
        digest=found.digest,
        versions=[
            Learner(version=model.version, status=model.status, part=tell(model))
            for model in versions
        ],
    )


def _locate(correction_id: str, run_id: str | None, ports: Ports, log: Log) -> Found | None:
    """Return where a correction is; None if it is in no revision."""
    likely = _find_revision(run_id, ports)
    numbers = [*([likely] if likely in log.revisions else []), *sorted(log.revisions)]
    for number in dict.fromkeys(numbers):
        additions = read_additions(ports.artefacts, log, number)
        rows = (additions.ids == correction_id).nonzero()[0]
        if len(rows):
            row = int(rows[0])
            split = Split(str(additions.splits[row]))
            return Found(number, row, split, image_digest(additions.images[row]))
    return None


def _find_revision(run_id: str | None, ports: Ports) -> int | None:
    if run_id is None or re.fullmatch(RUN_ID_PATTERN, run_id) is None:
        return None  # a player may have written it
    try:
        return ports.runs.get(run_id).revision
    except (NotFound, UnreadableDocument, NewerDocument):
        return None


def _list_versions(models: ModelRegistry) -> list[ModelVersion]:
    """Return all versions that Redraw published, the lowest number first."""
    listed: list[ModelVersion] = []
    after: str | None = None
    while True:
        page = models.page(after)
        listed += [model for model in page.records if model.status in PUBLISHED and model.files]
        after = page.next_after
        if after is None:
            return sorted(listed, key=lambda model: VersionNumber.parse(model.version))


def _holds(model: ModelVersion, revision: int) -> bool:
    return model.dataset_revision >= revision


def _find_position(
    found: Found, lineages: dict[str, Lineage], artefacts: ArtefactStore, log: Log
) -> int:
    """Return the position of an answer among those of its split, in order of merging.

    A version that was made from its very revision says how many there are up to there; else all
    revisions before it are read.
    """
    own = read_additions(artefacts, log, found.revision)
    same = own.splits == str(found.split)
    for lineage in lineages.values():
        if lineage.dataset.revision == found.revision:
            return lineage.dataset.answers[found.split] - int(same[found.row :].sum())
    before = sum(
        int((read_additions(artefacts, log, number).splits == str(found.split)).sum())
        for number in range(1, found.revision)
    )
    return before + int(same[: found.row].sum())
