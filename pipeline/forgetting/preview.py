"""Count what forgetting a player would delete; nothing is changed."""

from pipeline.corrections.key_fingerprint import (
    explain_other_key,
    fingerprint_key,
    read_fingerprint,
)
from pipeline.errors import InvalidSettings
from pipeline.forgetting.plan import make_plan
from pipeline.forgetting.requests import check_player
from pipeline.forgetting.staging import choose_staging, list_staging
from pipeline.ports import Ports
from pipeline.progress import OnProgress, silent
from pipeline.records.forgetting import Preview
from pipeline.settings import Settings


def preview_forgetting(
    player: str, ports: Ports, settings: Settings, on_progress: OnProgress = silent
) -> Preview:
    """Return how much would be deleted, and which versions learned from the player.

    Args:
        player: the id.
        ports: the project.
        settings: of this process.
        on_progress: called after each revision of the data set.

    Raises:
        InvalidPlayer: it is no id.
        InvalidSettings: another key hashed the players of the data set.
        VersionNotReady: no version could be released instead of one that learned from the player.
    """
    name, present = settings.dataset_name, fingerprint_key(settings.player_key.get_secret_value())
    kept = read_fingerprint(ports.artefacts, name)
    if kept not in (None, present):
        raise InvalidSettings(explain_other_key(name, present, kept))
    plan = make_plan(check_player(player), ports, settings, on_progress)
    present_canvases = _list_present(plan.canvases, ports, settings)
    staging = choose_staging(list_staging(ports.artefacts, ""), plan.runs)
    paths = [*ports.corrections.digests(plan.ids)]
    decisions = sum(path.startswith("decisions/") for path in paths)
    return Preview(
        documents=len(paths) - decisions,
        decisions=decisions,
        canvases=present_canvases,
        rows=sum(plan.rows.values()),
        revisions=len(plan.revisions),
        staging=len(staging),
        versions=len(plan.learned),
        learned=plan.learned,
        released=plan.released,
        ancestor=plan.ancestor,
        keep_versions=plan.keep_versions,
    )


def _list_present(canvases: list[str], ports: Ports, settings: Settings) -> int:
    there = {stored.path for stored in ports.artefacts.list(settings.game.folder)}
    return len(there & {*canvases})
