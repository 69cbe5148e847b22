"""Verify a version: read every file, and say of each whether it is what was published.

Nothing is believed that can be computed: sizes, digests, the signatures of trusted keys, what the
manifest says about the model and the asking policy, and that all model files guess alike.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np

from pipeline.drawings import SIDE, Images
from pipeline.errors import InvalidModel, ObjectMissing, ObjectTooLarge, VersionNotReady
from pipeline.formats.check import check_files
from pipeline.model.file import read_predictor
from pipeline.ports import ArtefactStore
from pipeline.records.versions import ModelVersion, VersionFile, VersionStatus
from pipeline.signing.keys import PublicKey
from pipeline.storage_paths import VERSION_FILE, is_signature, manifest_path, model_path
from pipeline.versions.describing import describe_model
from pipeline.versions.files import find_manifest_faults, list_files_of
from pipeline.versions.manifest import Manifest, read_manifest
from pipeline.versions.publish import CheckFiles
from pipeline.versions.signatures import check_signatures

DRAWINGS, LINES, POINTS = 40, 3, 200
"""What the model files are compared on: so many drawings of so many lines."""


class Verdict(NamedTuple):
    """What was found about a file, or about the whole version.

    path: in Storage; or the version's document.
    problem: what is wrong; None if nothing is.
    note: what else to know.
    """

    path: str
    problem: str | None = None
    note: str | None = None


def verify_version(
    version: ModelVersion,
    artefacts: ArtefactStore,
    trusted: Sequence[PublicKey],
    check: CheckFiles = check_files,
) -> list[Verdict]:
    """Return a verdict on every file of a version, in the order in which they were stored.

    Args:
        version: a ready one.
        artefacts: Storage.
        trusted: one of these keys must have signed it; none: signatures cannot be checked.
        check: loads the files as clients would, see `pipeline.formats.check`.

    Raises:
        VersionNotReady: it is not ready, so it need not have all its files.
    """
    if version.status is not VersionStatus.READY:
        raise VersionNotReady(f"{version.version} is {version.status}: only ready ones are whole")
    contents, verdicts = _read_files(version.files, artefacts)
    own = manifest_path(version.version)
    if own not in {file.path for file in version.files}:
        verdicts[own] = [f"{own} is not listed by models/{version.version}"]
    if own in contents:
        verdicts[own] += find_manifest_faults(version, contents[own])
        _compare_with_manifest(version, contents, verdicts)
    listed = [Verdict(path, "; ".join(problems) or None) for path, problems in verdicts.items()]
    others = [path for path in list_files_of(version.version, artefacts) if path not in verdicts]
    signatures = filter(is_signature, [*verdicts, *others])
    judged = _judge_signatures(version.version, contents.get(own), signatures, trusted, artefacts)
    listed = [*_join(listed, judged)]
    listed += [
        Verdict(path, note="it is no file of this version, and no client loads it")
        for path in others
        if not is_signature(path)
    ]
    if not any(verdict.problem for verdict in listed):
        named = {PurePosixPath(path).name: data for path, data in contents.items()}
        problems = check(named, make_drawings())
        listed += [Verdict(version.version, problem) for problem in problems]
    return listed


def _join(listed: Iterable[Verdict], judged: Iterable[Verdict]) -> Iterator[Verdict]:
    """Yield one verdict a file, of those on its digest and those on its signature."""
    found = {verdict.path: verdict for verdict in judged}
    for verdict in listed:
        other = found.pop(verdict.path, verdict)
        yield verdict._replace(problem=verdict.problem or other.problem, note=other.note)
    yield from found.values()


def make_drawings() -> Images:
    """Return drawings of random lines, the same each time: uint8 `(40, 28, 28)`.

    Model files of one version must guess alike whatever is drawn, so no data set is needed.
    """
    rng = np.random.default_rng(14)
    drawings = np.zeros((DRAWINGS, SIDE, SIDE), np.uint8)
    for drawing in drawings:
        corners = rng.uniform(2, SIDE - 3, (LINES + 1, 2))
        for start, end in pairwise(corners):
            places = np.linspace(start, end, POINTS).astype(int)
            drawing[places[:, 0], places[:, 1]] = 255
            drawing[places[:, 0], places[:, 1] + 1] = 255
    return drawings


def _read_files(
    files: Sequence[VersionFile], artefacts: ArtefactStore
) -> tuple[dict[str, bytes], dict[str, list[str]]]:
    """Return the bytes of the files that can be read, and the problems of each file, by path."""
    contents: dict[str, bytes] = {}
    verdicts: dict[str, list[str]] = {}
    for file in files:
        verdicts[file.path] = []
        try:
            data = artefacts.read(file.path, max_bytes=file.size)
        except ObjectMissing:
            verdicts[file.path].append("it is missing in Storage")
            continue
        except ObjectTooLarge:
            verdicts[file.path].append(f"it is larger in Storage than {file.size} bytes")
            continue
        contents[file.path] = data
        found = VersionFile.of(file.path, data)
        if found.size != file.size:
            verdicts[file.path].append(f"it has {found.size} bytes, not {file.size}")
        elif found != file:
            verdicts[file.path].append(f"its sha256 is {found.sha256}, not {file.sha256}")
    return contents, verdicts


def _compare_with_manifest(
    version: ModelVersion, contents: dict[str, bytes], verdicts: dict[str, list[str]]
) -> None:
    """Add to the verdicts where the files are not what the manifest says about their content."""
    try:
        manifest: Manifest = read_manifest(contents[manifest_path(version.version)])
    except InvalidModel:
        return  # named already
    asking = VERSION_FILE.fill(version=version.version, name="asking.json")
    model = model_path(version.version)
    if (
        asking in contents
        and not verdicts[asking]
        and json.loads(contents[asking]) != (manifest.asking)
    ):
        verdicts[asking].append("it is not the asking policy that the manifest has")
    if model in contents and not verdicts[model]:
        try:
            described = describe_model(read_predictor(contents[model]))
        except InvalidModel as fault:
            verdicts[model].append(str(fault))
            return
        if described != manifest.model:
            verdicts[model].append("its layers or its backbone are not those of the manifest")


def _judge_signatures(
    version: str,
    manifest: bytes | None,
    paths: Iterable[str],
    trusted: Sequence[PublicKey],
    artefacts: ArtefactStore,
) -> list[Verdict]:
    """Return the verdicts on the signature files, and on the whole if no trusted key signed."""
    if manifest is None:
        return []
    names = [PurePosixPath(path).name for path in paths]
    checked = check_signatures(version, manifest, names, trusted, artefacts)
    verdicts = [
        Verdict(
            each.path,
            each.problem and f"it {each.problem}",
            f"signed by {each.key_id}" if each.known else "by a key that is not trusted here",
        )
        for each in checked
    ]
    if trusted and not any(each.known and each.problem is None for each in checked):
        verdicts.append(
            Verdict(manifest_path(version), "none of the trusted keys has a valid signature of it")
        )
    return verdicts
