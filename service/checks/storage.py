"""The checks of signatures, and of the space that Storage takes."""

from collections.abc import Iterator
from datetime import UTC, datetime

from pipeline.formatting import count_objects, format_size
from pipeline.ports import Ports
from pipeline.retention.plan import plan_retention
from pipeline.retention.project import read_state
from pipeline.retention.space import measure_space
from pipeline.settings import Settings
from pipeline.versions.files import require_signature
from pipeline.versions.signing import find_signer, list_ready
from service.checks.check import Finding, find_problem


def check_signatures(settings: Settings, ports: Ports) -> Iterator[Finding]:
    """Yield who signs versions, and which versions no trusted key has signed."""
    if not settings.trusted:
        yield Finding("signatures: versions are not signed; `redraw keys new` says how")
        return
    signer = settings.signer
    by = "by no key of this process" if signer is None else f"by the key {signer.public.id}"
    trusted = ", ".join(key.id for key in settings.trusted)
    yield Finding(f"signatures: versions are signed {by}; trusted: {trusted}")
    release = ports.models.release()
    if release is not None:
        name = release.version
        problem = find_problem(lambda: require_signature(name, ports.artefacts, settings.trusted))
        yield Finding(f"signature of the released version {release.version}", problem)
    unsigned = [
        each.version
        for each in list_ready(ports.models)
        if find_signer(each, ports.artefacts, settings.trusted) is None
    ]
    if unsigned:
        names = ", ".join(unsigned)
        yield Finding(f"signatures: no trusted key has signed {names}: see `redraw keys sign`")


def check_space(settings: Settings, ports: Ports) -> Finding:
    """Return how much Storage holds of each kind, and what retention would free."""
    state = read_state(ports, settings.dataset_name)
    plan = plan_retention(state, settings.retention, datetime.now(UTC), settings.dataset_name)
    kinds = ", ".join(
        f"{space.name} {format_size(space.size)} in {count_objects(space.objects)}"
        for space in measure_space(state.objects)
    )
    free = (
        f"`redraw clean` would free {format_size(plan.freed)} in "
        f"{count_objects(len(plan.deletions))}"
        if plan.deletions
        else "`redraw clean` would free nothing"
    )
    return Finding(f"space in Storage: {kinds or 'nothing is stored'}; {free}")
