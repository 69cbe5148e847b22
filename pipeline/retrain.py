"""The story of a run, top to bottom: from pending corrections to a released version, or to the reason why not.

Each step leaves its result in Storage under `runs/{runId}/`, created once. Whoever repeats the run, after whatever fault, on
whatever machine, finds it there and goes on from it; so a repeated run ends where an undisturbed one would have.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.corrections import collect, gathering, settlement
from pipeline.corrections.additions import build_additions
from pipeline.corrections.players import player_records
from pipeline.dataset import hdf5, revisions
from pipeline.drawings import image_digest
from pipeline.errors import (
    BackboneChanged,
    DatasetMoved,
    NotFound,
    ObjectExists,
    ObjectMissing,
    ReleaseMoved,
)
from pipeline.fit import challenger
from pipeline.fit.feature_cache import FeatureCache, base_features
from pipeline.gate import judge
from pipeline.model.file import read_predictor, replace_head
from pipeline.model.head import Head
from pipeline.model.predict import Predictor
from pipeline.ports import ArtefactStore, Ports
from pipeline.records.corrections import Retraining
from pipeline.records.dataset import DatasetRevision, Split
from pipeline.records.runs import Counts, Decision, Run, RunState
from pipeline.records.versions import ModelMetrics, ModelVersion
from pipeline.runs.log import RunLog
from pipeline.runs.unchanged import find_nothing_new, training_digest
from pipeline.screening import vetting
from pipeline.screening.bursts import find_bursts
from pipeline.screening.evidence import check_labels
from pipeline.screening.referee_training import load_or_train_referee
from pipeline.settings import Settings
from pipeline.versions import asking, publish
from pipeline.versions.load import load_version


class Champion(NamedTuple):
    """The version in production that this run is out to beat, with what its backbone sees."""

    version: ModelVersion
    file: bytes
    model: Predictor
    cache: FeatureCache


class Challenger(NamedTuple):
    """What was fitted, and the model that it makes."""

    fit: challenger.FittedHead
    model: Predictor


def retrain(ports: Ports, settings: Settings, log: RunLog) -> Run:
    """Executes the run whose lease `log` holds, to its end, and returns it.

    Raises errors.Retryable for faults of the moment (execute it again), LeaseLost when somebody took over; other errors mean
    that the run cannot succeed.
    """
    with log.step(RunState.COLLECTING):
        harvest = collected(ports, settings, log)
    with log.step(RunState.MERGING):
        sound = vetted(harvest, ports, settings, log)
        revision = merged(sound, ports, settings, log)
    released = champion_of(ports, log)
    if released.dataset_revision == revision.revision:
        settled(sound, settings, ports, log, version=None)
        return log.end(
            RunState.SKIPPED, f"{released.version} has learned everything in the data set already"
        )
    if reason := known_already(revision, released, ports, settings, log):
        settled(sound, settings, ports, log, version=None)
        return log.end(RunState.SKIPPED, reason)
    with log.step(RunState.FITTING):
        champion = loaded(released, ports, settings, log)
        found = fitted(champion, ports, settings, log)
    with log.step(RunState.JUDGING):
        decision = judged(champion, found, ports, settings, log)
    if decision.outcome is not RunState.PROMOTED:
        settled(sound, settings, ports, log, version=None)
        return log.end(decision.outcome, "; ".join(decision.reasons))
    with log.step(RunState.PUBLISHING):
        policy = asking_policy(champion, found, ports, settings, log)
        version = published(champion, revision, decision, ports, log, policy=policy)
        try:
            ports.models.promote(version.version, replacing=log.run.release_fence, lease=log.lease)
        except ReleaseMoved as fault:
            settled(sound, settings, ports, log, version=version.version)
            return log.end(RunState.HELD, f"{version.version} is ready, but not released: {fault}")
        settled(sound, settings, ports, log, version=version.version)
    return log.end(RunState.PROMOTED, "; ".join(decision.reasons))


def collected(ports: Ports, settings: Settings, log: RunLog) -> collect.Harvest:
    """The harvest of this run: taken once, so that a repetition works on the same corrections."""
    gathering.gather(log.run.id, ports, settings, log.progress)
    harvest = gathering.read_harvest(log.run.id, ports.artefacts)
    log.note(counts=Counts(collected=len(harvest.ids) + len(harvest.refused)))
    return harvest


def vetted(
    harvest: collect.Harvest, ports: Ports, settings: Settings, log: RunLog
) -> vetting.ScreenedHarvest:
    """The harvest with what a person has to decide about set apart, by evidence, records of players, and owner's decisions."""

    def screening() -> bytes:
        path = settings.dataset_file
        revisions.bring_up_to_date(ports.artefacts, path, log.progress)
        decisions = ports.corrections.decisions()
        known = hdf5.read_provenance(path)
        referee = load_or_train_referee(
            ports.artefacts, path, seed=settings.seed, on_progress=log.progress
        )
        given = vetting.apply_labels(harvest, vetting.find_owner_labels(harvest, decisions))
        return (
            vetting.screen(
                given,
                decisions,
                check_labels(given.images, given.labels, given.players, referee, log.progress),
                find_bursts(given.images, given.labels, log.progress),
                player_records(
                    ports.corrections,
                    known.players.tolist(),
                    settings.player_key.get_secret_value().encode(),
                ),
                most_of_a_class=settings.player_class_cap,
            )
            .model_dump_json(by_alias=True)
            .encode()
        )

    found = vetting.ScreeningResult.model_validate_json(
        once(ports.artefacts, f"runs/{log.run.id}/screening.json", screening)
    )
    return vetting.ScreenedHarvest(vetting.apply_labels(harvest, found.labels), found.held)


def merged(
    sound: vetting.ScreenedHarvest, ports: Ports, settings: Settings, log: RunLog
) -> DatasetRevision:
    """The revision that holds the harvest: a new one, or the present one when it adds nothing."""
    path = settings.dataset_file
    while True:
        held = revisions.bring_up_to_date(ports.artefacts, path, log.progress)
        fresh = _not_yet(sound, path)
        if not fresh.any():
            log.note(revision=held.revision)
            return held
        log.note()  # proves the lease: whoever was replaced must not add a revision
        # When another revision took the number, choose again on top of it.
        revisions.store_additions(
            ports.artefacts, build_additions(sound.harvest, fresh, held, log.run.id)
        )


def _not_yet(sound: vetting.ScreenedHarvest, path: Path) -> NDArray[np.bool_]:
    """Bool `(n,)`: which drawings of the harvest are not held, and neither in the data set nor copies of one that is."""
    known = hdf5.read_provenance(path)
    ids, digests = {*known.ids.tolist(), *sound.held}, set(known.digests.tolist())
    images = (image_digest(image) for image in sound.harvest.images)
    names = sound.harvest.ids.tolist()
    return np.array(
        [
            name not in ids and digest not in digests
            for name, digest in zip(names, images, strict=True)
        ],
        bool,
    )


def at_revision(settings: Settings, log: RunLog) -> Path:
    """The local data set, when it holds the revision of this run; raises DatasetMoved when another process changed it."""
    path = settings.dataset_file
    held = hdf5.describe(path).revision
    if held != log.run.revision:
        raise DatasetMoved(
            f"{path} holds revision {held}, not {log.run.revision}: the run is tried again"
        )
    return path


def champion_of(ports: Ports, log: RunLog) -> ModelVersion:
    """What was released when the run first came here; a release made since then makes the run yield at its end."""
    if log.run.champion is None:
        release = ports.models.release()
        if release is None:
            raise NotFound("nothing is released yet: make the first version with `redraw baseline`")
        log.note(champion=release.version, release_fence=release.fence)
        return ports.models.get(release.version)
    return ports.models.get(log.run.champion)


def known_already(
    revision: DatasetRevision, champion: ModelVersion, ports: Ports, settings: Settings, log: RunLog
) -> str | None:
    """Why the last run that was judged would be repeated for nothing; None when there is something new."""
    digest = training_digest(revision.digest, champion.version, settings)
    log.note(training_digest=digest)
    return find_nothing_new(digest, [run for run in ports.runs.list() if run.id != log.run.id])


def loaded(version: ModelVersion, ports: Ports, settings: Settings, log: RunLog) -> Champion:
    """The champion's model, checked against its recorded digest."""
    log.progress("loading the champion")
    data, model = load_version(version, ports.artefacts)
    return Champion(version, data, model, challenger.open_champion_cache(settings, model))


def fitted(champion: Champion, ports: Ports, settings: Settings, log: RunLog) -> Challenger:
    """The champion's backbone under a head fitted to base rows and all corrections merged so far."""

    def fit() -> bytes:
        found = challenger.fit_challenger(
            champion.cache,
            at_revision(settings, log),
            settings,
            since=champion.version.dataset_revision,
            on_progress=log.progress,
        )
        return challenger.dump_fitted(found)

    found = challenger.load_fitted(once(ports.artefacts, f"runs/{log.run.id}/fit.npz", fit))
    data = once(
        ports.artefacts,
        f"runs/{log.run.id}/challenger.h5",
        lambda: replace_head(champion.file, found.head),
    )
    model = read_predictor(data)
    if model.backbone_digest != champion.model.backbone_digest:
        raise BackboneChanged(
            "a convolution weight moved while the head was fitted: nothing is published; report this"
        )
    return Challenger(found, model)


def judged(
    champion: Champion, found: Challenger, ports: Ports, settings: Settings, log: RunLog
) -> Decision:
    """The gate's decision on drawings that decide about the challenger and did not make it."""
    if log.run.decision is not None:
        return log.run.decision
    decision = judge.judge(
        judge.CompetingHeads(champion.model.head, found.model.head, first_head(champion, ports)),
        found.fit,
        champion.cache,
        at_revision(settings, log),
        settings,
        on_progress=log.progress,
    )
    log.note(decision=decision)
    return decision


def first_head(champion: Champion, ports: Ports) -> Head | None:
    """That of the baseline that the champion comes from, through however many retrains; None when it is that baseline."""
    version = champion.version
    while version.parent is not None:
        version = ports.models.get(version.parent)
    return (
        None
        if version.version == champion.version.version
        else load_version(version, ports.artefacts)[1].head
    )


def asking_policy(
    champion: Champion, found: Challenger, ports: Ports, settings: Settings, log: RunLog
) -> asking.AskingPolicy:
    """When to ask players about the challenger's guesses: calibrated once, on the val split of the base.

    Players' own val rows take no part: they are corrections, so nearly all of them are hard, and no sample of all guesses.
    """

    def calibrate() -> bytes:
        seen = base_features(
            champion.cache, at_revision(settings, log), Split.VAL, asking.MOST_ROWS, log.progress
        )
        said = found.model.head.probabilities(seen.astype(np.float32))
        return asking.calibrate(said, budget=settings.ask_budget).model_dump_json().encode()

    return asking.AskingPolicy.model_validate_json(
        once(ports.artefacts, f"runs/{log.run.id}/asking.json", calibrate)
    )


def published(
    champion: Champion,
    revision: DatasetRevision,
    decision: Decision,
    ports: Ports,
    log: RunLog,
    *,
    policy: asking.AskingPolicy,
) -> ModelVersion:
    """The challenger as a version that is ready."""
    clean, players = decision.base.challenger, decision.players
    version = publish.publish(
        ports.artefacts,
        ports.models,
        run_id=log.run.id,
        number=publish.next_patch,
        model=ports.artefacts.read(f"runs/{log.run.id}/challenger.h5"),
        metrics=ModelMetrics(
            accuracy=clean.accuracy,
            loss=clean.loss,
            training_samples=revision.rows[Split.TRAIN],
            corrections=revision.corrections,
            players_accuracy=players.challenger.accuracy if players else None,
            recall=clean.recall,
        ),
        evaluation=clean,
        policy=policy,
        parent=champion.version.version,
        dataset_revision=revision.revision,
        gate=decision,
    )
    log.note(version=version.version)
    return version


def settled(
    sound: vetting.ScreenedHarvest,
    settings: Settings,
    ports: Ports,
    log: RunLog,
    *,
    version: str | None,
) -> None:
    """Moves every correction of the harvest on, each with its reason, and counts them."""
    known = hdf5.read_provenance(at_revision(settings, log))
    revision_of = dict(zip(known.ids.tolist(), known.revisions.tolist(), strict=True))
    verdicts = settlement.verdicts(sound.harvest, sound.held, known)
    log.note(
        counts=settlement.count_verdicts(verdicts)
    )  # before the corrections: it proves the lease
    at = datetime.now(UTC)
    ports.corrections.settle(
        {
            name: Retraining(
                **verdict.model_dump(),
                run_id=log.run.id,
                revision=revision_of.get(name),
                version=version,
                at=at,
            )
            for name, verdict in verdicts.items()
        }
    )


def once(artefacts: ArtefactStore, path: str, make: Callable[[], bytes]) -> bytes:
    """The bytes under `path`: those of the first attempt that got so far, made now when there are none."""
    try:
        return artefacts.read(path)
    except ObjectMissing:
        data = make()
    try:
        artefacts.create(path, data)
    except ObjectExists:
        return artefacts.read(path)
    return data
