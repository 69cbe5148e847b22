"""Rebuild a version, top to bottom: data set, parent, head, gate, files, and a comparison."""

import json
from pathlib import Path
from typing import NamedTuple

from pipeline.canonical_json import dump_json
from pipeline.errors import NotRebuildable
from pipeline.files import create_folder, private_folder, write_atomically
from pipeline.lineage.code_state import describe_code
from pipeline.lineage.origin import describe_machine
from pipeline.model.file import read_predictor
from pipeline.ports import ArtefactStore
from pipeline.progress import OnProgress, silent
from pipeline.rebuilding.compare import compare_arrays, compare_files
from pipeline.rebuilding.remake import Remade, remake
from pipeline.rebuilding.stored import StoredVersion, read_stored
from pipeline.rebuilding.work import Work, prepare
from pipeline.records.lineage import Lineage
from pipeline.settings import Settings

METADATA = "metadata.json"


class Finding(NamedTuple):
    """One thing that was compared. problems: how it differs, a line each; none: it is equal."""

    name: str
    problems: list[str]


class Rebuilt(NamedTuple):
    """What a rebuild found.

    findings: everything that was compared. taken: what was not made again, but is as recorded.
    elsewhere: where code or machine are not those of the publication.
    ancestors: versions that were rebuilt first, because Storage has lost them.
    """

    version: str
    findings: list[Finding]
    taken: list[str]
    elsewhere: list[str]
    ancestors: list[str]

    @property
    def equal(self) -> bool:
        """Whether everything is equal, byte for byte."""
        return not any(finding.problems for finding in self.findings)


def rebuild(
    version: str,
    artefacts: ArtefactStore,
    out: Path,
    settings: Settings,
    on_progress: OnProgress = silent,
) -> Rebuilt:
    """Rebuild a version from Storage alone, and compare it with what was published.

    No document in Firestore is read, and nothing in the data folder. Whatever is needed is compared
    with its recorded digest before it is used.

    Args:
        version: the version.
        artefacts: Storage. Nothing is written there.
        out: the folder for the rebuilt files and the data set; made if it is missing.
        settings: of this process; those that decide the result are taken from the record.
        on_progress: called while the steps go on.

    Raises:
        NotRebuildable: something that it was made from is missing, or was changed.
        InvalidSettings: this Redraw does not have a setting that is recorded.
    """
    create_folder(out)
    with private_folder(out) as folder:
        work = Work(artefacts, settings, folder, on_progress)
        stored = read_stored(version, artefacts)
        remade, dataset = _rebuild(stored, work)
        for name, data in remade.files.items():
            write_atomically(out / name, data)
        dataset.replace(out / dataset.name)
    return Rebuilt(
        version,
        _compare(stored, remade),
        remade.taken,
        _describe_differences(stored.lineage, settings),
        list(work.rebuilt),
    )


def _rebuild(stored: StoredVersion, work: Work) -> tuple[Remade, Path]:
    """Make a version again; return it, and the data set that it was made from."""
    lineage = stored.lineage
    baseline = None if lineage.fit is None else lineage.baseline
    for ancestor in filter(None, (lineage.parent, baseline)):
        _restore(ancestor, work)
    settings = prepare(stored, work)
    return remake(stored, settings, work), settings.dataset_file


def _restore(ancestor: str, work: Work) -> None:
    """Rebuild an ancestor first if Storage has lost its model.

    Raises:
        NotRebuildable: it cannot be rebuilt, or the result is not what its manifest lists.
    """
    name = f"quickdraw_{ancestor}.h5"
    if work.find_file(ancestor, name) is not None:
        return
    stored = read_stored(ancestor, work.artefacts)
    remade, _ = _rebuild(stored, work)
    differing = [finding.name for finding in _compare(stored, remade, lost=False)]
    if differing:
        raise NotRebuildable(
            f"its ancestor {ancestor} is lost in Storage, and is rebuilt otherwise than it was"
            f" published ({', '.join(differing)}): restore its files from a backup"
        )
    work.rebuilt[ancestor] = remade.files


def _compare(stored: StoredVersion, remade: Remade, *, lost: bool = True) -> list[Finding]:
    """Compare what was made again with what is recorded.

    Args:
        stored: what is recorded.
        remade: what was made again.
        lost: whether files that Storage has lost count, and equal ones are named too.
    """
    name = stored.model_name
    findings = [Finding(f"data set, revision {stored.lineage.dataset.revision}", [])]
    before = stored.files.get(name)
    if before is not None and name not in stored.problems:
        heads = [read_predictor(data).head for data in (before, remade.files[name])]
        told = (
            (part, compare_arrays(*pair))
            for part, *pair in zip(("weights", "bias"), *heads, strict=True)
        )
        findings.append(Finding("head", [f"{part}: {text}" for part, text in told if text]))
    findings += _compare_gates(stored, remade)
    for file in sorted(stored.files.keys() | remade.files.keys() | stored.problems.keys()):
        problems = [stored.problems[file]] if file in stored.problems else []
        if file not in remade.files:
            problems.append("is not rebuilt: this Redraw makes no such file")
        elif file in stored.files:
            problems += compare_files(file, stored.files[file], remade.files[file])
        elif not problems:
            problems.append("was not published: this Redraw makes one file more")
        if lost or (problems and file in stored.files):
            findings.append(Finding(file, problems))
    return findings if lost else [finding for finding in findings if finding.problems]


def _compare_gates(stored: StoredVersion, remade: Remade) -> list[Finding]:
    """Compare the gate's decisions, which are in the metadata; none where there was no gate."""
    if METADATA not in stored.files or METADATA in stored.problems:
        return []
    before, after = (
        dump_json(json.loads(files[METADATA])["gate"]) for files in (stored.files, remade.files)
    )
    if before == after == dump_json(None):
        return []
    return [Finding("gate", compare_files("gate.json", before, after))]


def _describe_differences(lineage: Lineage, settings: Settings) -> list[str]:
    """Return where this machine and code are not those of the publication, a line each."""
    here, there = describe_machine(), lineage.machine
    found = [
        f"{name}: {before} then, {now} here"
        for name, before, now in (
            ("system", there.system, here.system),
            ("processor", there.processor, here.processor),
            ("Python", there.python, here.python),
            ("linear algebra", ", ".join(there.blas), ", ".join(here.blas)),
        )
        if before != now
    ]
    found += [
        f"{name}: {before} then, {here.libraries.get(name, 'none')} here"
        for name, before in there.libraries.items()
        if before != here.libraries.get(name)
    ]
    code = describe_code(settings.code_revision)
    if code.source_digest != lineage.code.source_digest:
        found.append(
            f"code: {lineage.code.revision[:12]} ({lineage.code.source_digest[:12]}) then,"
            f" {code.revision[:12]} ({code.source_digest[:12]}) here"
        )
    return found
