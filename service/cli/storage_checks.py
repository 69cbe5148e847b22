"""What `redraw doctor` says about signatures, and about the space that Storage takes."""

from collections.abc import Iterator
from datetime import UTC, datetime

from pipeline.errors import RedrawError
from pipeline.ports import Ports
from pipeline.retention.plan import plan_retention
from pipeline.retention.project import read_state
from pipeline.retention.space import measure_space
from pipeline.settings import Settings
from pipeline.versions.files import require_signature
from pipeline.versions.signing import find_signer, list_ready
from service.cli.cleaning_display import count_objects, format_size


def list_storage_findings(settings: Settings, ports: Ports) -> Iterator[tuple[str, str | None]]:
    """Yield the checks of signatures and space, each with its problem or None."""
    try:
        yield from _check_signatures(settings, ports)
    except RedrawError as error:
        yield "signatures", str(error)
    try:
        yield _describe_space(settings, ports), None
    except RedrawError as error:
        yield "space in Storage", str(error)


def _check_signatures(settings: Settings, ports: Ports) -> Iterator[tuple[str, str | None]]:
    if not settings.trusted:
        yield "signatures: versions are not signed; `redraw keys new` says how", None
        return
    signer = settings.signer
    by = "by no key of this process" if signer is None else f"by the key {signer.public.id}"
    trusted = ", ".join(key.id for key in settings.trusted)
    yield f"signatures: versions are signed {by}; trusted: {trusted}", None
    release = ports.models.release()
    if release is not None:
        problem = None
        try:
            require_signature(release.version, ports.artefacts, settings.trusted)
        except RedrawError as error:
            problem = str(error)
        yield f"signature of the released version {release.version}", problem
    unsigned = [
        each.version
        for each in list_ready(ports.models)
        if find_signer(each, ports.artefacts, settings.trusted) is None
    ]
    if unsigned:
        names = ", ".join(unsigned)
        yield f"signatures: no trusted key has signed {names}: see `redraw keys sign`", None


def _describe_space(settings: Settings, ports: Ports) -> str:
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
    return f"space in Storage: {kinds or 'nothing is stored'}; {free}"
