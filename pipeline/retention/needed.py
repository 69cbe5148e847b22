"""Find the versions whose files are needed, and the ready ones that are more than are kept."""

from collections.abc import Iterable

from pipeline.records.versions import ModelVersion, VersionStatus
from pipeline.retention.project import ProjectState


def find_needed(state: ProjectState) -> frozenset[str]:
    """Return the versions whose files must stay.

    These are those that are ready or being published, those in use, and of each what it is rebuilt
    from: its parent, its baseline, and the parent's baseline, which judged it.
    """
    known = {each.version: each for each in state.versions}
    wanted = set(state.in_use)
    wanted |= {
        each.version
        for each in state.versions
        if each.status in {VersionStatus.READY, VersionStatus.PUBLISHING}
    }
    return frozenset(wanted | _find_sources(wanted, known))


def find_surplus(state: ProjectState, keep: int) -> list[ModelVersion]:
    """Return the ready versions below the highest `keep` ones that nothing holds, lowest first.

    Never one in use, nor the baseline of a version that stays: the next run is compared with it.
    """
    ready = [each for each in state.versions if each.status is VersionStatus.READY]
    kept = {each.version for each in ready[:keep]} | state.in_use
    known = {each.version: each for each in state.versions}
    kept |= {
        name for each in list(kept) if each in known for name in _find_baselines(known[each], known)
    }
    return [each for each in reversed(ready) if each.version not in kept]


def _find_sources(names: Iterable[str], known: dict[str, ModelVersion]) -> set[str]:
    sources = set()
    for name in names:
        version = known.get(name)
        if version is None:
            continue
        sources |= _find_baselines(version, known)
        if version.parent is not None:
            sources.add(version.parent)
            if version.parent in known:
                sources |= _find_baselines(known[version.parent], known)
    return sources


def _find_baselines(version: ModelVersion, known: dict[str, ModelVersion]) -> set[str]:
    """Return the baseline of a version; where an early one names none, all its ancestors."""
    found = set[str]()
    at: ModelVersion | None = version
    while at is not None and at.version not in found:
        found.add(at.version)
        if at.baseline is not None:
            return {at.baseline, *(found - {version.version})}
        at = known.get(at.parent or "")
    return found
