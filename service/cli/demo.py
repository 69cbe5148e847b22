"""`redraw demo`: the whole loop on this machine's own parts, from drawings to a released version, told while it happens."""

import os
import secrets
import time
from collections.abc import Iterable
from pathlib import Path

import httpx
import numpy as np

from emulator.players.canvases import Guess, SentCorrection, player_corrections
from emulator.players.corrections_folder import read_corrections
from emulator.players.seed import seed_corrections
from emulator.players.sketches import PLAYERS_HASTE, sketch_rows
from pipeline.bootstrap import connect
from pipeline.categories import CATEGORIES
from pipeline.drawings import normalize_canvas
from pipeline.errors import InvalidRawDrawings, RedrawError
from pipeline.formatting import format_percent
from pipeline.ports import ArtefactStore, Ports
from pipeline.records.runs import Run, RunState
from pipeline.records.versions import ModelVersion
from pipeline.settings import Settings, load_settings
from pipeline.versions.load import load_version
from service.cli.display import console, progress_bar, result_table
from service.cli.raw_drawings import SKETCHES, find_or_make_drawings
from service.cli.stack import Stack, firebase_kind, free_ports, redis_kind, running_stack

SAMPLES = 400  # rows a class: a baseline in seconds
EPOCHS = 6
BATCH_SIZE = 64
SENT, PLAYERS = 800, 240  # corrections and confirmations
SKETCHED = 300  # drawings of each class that players choose from
POLL_SECONDS = 0.3
HELD_BACK = 10  # one row in so many is kept from a small file for the players to draw


def demo(raw: Path | None, data_dir: Path, corrections: Path | None) -> None:
    """Runs the loop once in `data_dir` and prints what happened; a second call goes on from what is there.

    Raises RedrawError when a part fails; whatever was started is stopped in any case.
    """
    began = time.monotonic()
    settings = load_settings(
        data_dir=data_dir,
        epochs=EPOCHS,
        batch_size=BATCH_SIZE,
        api_key=secrets.token_hex(16),
        environment="development",
    )
    addresses = free_ports()
    extra = {"REDRAW_API_KEY": key_of(settings), "REDRAW_ENVIRONMENT": "development"}
    console.print(
        f"[bold]1[/] starting {firebase_kind(addresses)}, Redis ({redis_kind(settings)}), a worker and the service; "
        f"logs in {data_dir}/logs"
    )
    os.environ.update(addresses.environment())
    with running_stack(settings, addresses, extra, beat=False) as stack:
        ports = connect(settings)
        drawings = raw or settings.raw_dir or find_or_make_drawings(data_dir, settings.source_url)
        samples = rows_to_use(drawings)
        first_version(drawings, ports, settings.model_copy(update={"samples_per_class": samples}))
        send_corrections(drawings, samples, corrections, ports, settings)
        run = request_and_follow(stack, f"http://127.0.0.1:{addresses.service}", key_of(settings))
        print_result(run, ports, data_dir, time.monotonic() - began)
    if run.state is RunState.FAILED:
        raise RedrawError(f"the run failed: {run.reason}; logs in {data_dir}/logs")


def rows_to_use(raw: Path) -> int:
    """Rows a class for the baseline: the rest is held back for the players."""
    try:
        fewest = min(len(np.load(raw / f"{name}.npy", mmap_mode="r")) for name in CATEGORIES)
    except (OSError, ValueError) as fault:
        raise InvalidRawDrawings(
            f"{raw} does not hold a good .npy file for each class: {fault}"
        ) from None
    return min(SAMPLES, fewest - fewest // HELD_BACK)


def first_version(raw: Path, ports: Ports, settings: Settings) -> None:
    """Trains and releases v1.0.0, unless something is released already."""
    release = ports.models.release()
    if release is not None:
        console.print(f"[bold]2[/] {release.version} is released already: going on from there")
        return
    size = f"{settings.samples_per_class} drawings of each of {len(CATEGORIES)} classes"
    console.print(f"[bold]2[/] training the first model on {size} from {raw}")
    with progress_bar("loading TensorFlow, about ten seconds") as told:
        from pipeline.baseline import make_baseline

        made = make_baseline(raw, ports, settings, told)
    console.print(
        f"  {made.version.version} is released: {format_percent(made.metrics.accuracy)} of {made.metrics.rows} unseen drawings"
    )
    console.print(
        f"  how good it is, with pictures, for a browser: {settings.report_file}", soft_wrap=True
    )


def send_corrections(
    raw: Path, samples: int, folder: Path | None, ports: Ports, settings: Settings
) -> None:
    """Plays the players: corrections from `folder`, or drawn from the rows that the baseline never saw."""
    round_number = len(ports.runs.list(1000))
    sent: Iterable[SentCorrection]
    with progress_bar("players are drawing") as told:
        if folder is not None and seed_corrections(read_corrections(folder), settings):
            source = str(folder)
        else:
            if folder is not None:
                console.print(
                    f"  all corrections in {folder} were sent before: the players draw new ones"
                )
            source = "canvases of drawings that the model has not seen"
            release = ports.models.release()
            if release is None:
                raise RedrawError(
                    "no version is released that players could correct: start afresh in another folder"
                )
            rows, model = (
                read_held_back(raw, samples, round_number),
                ports.models.get(release.version),
            )
            sent = player_corrections(
                rows,
                SENT,
                round_number,
                release.version,
                players=PLAYERS,
                guess=make_guesser(model, ports.artefacts),
            )
            seed_corrections(sent, settings, lambda done: told("players are drawing", done, SENT))
    console.print(
        f"[bold]3[/] players have sent corrections ({source}): {ports.corrections.count_pending()} are pending"
    )


def read_held_back(raw: Path, samples: int, round_number: int) -> dict[str, np.ndarray]:
    """Rows by category that the baseline did not use; sketches are made anew each round."""
    if raw.name == SKETCHES:
        return {
            name: sketch_rows(name, SKETCHED, 1 + round_number, PLAYERS_HASTE)
            for name in CATEGORIES
        }
    return {name: np.load(raw / f"{name}.npy")[samples:] for name in CATEGORIES}


def make_guesser(version: ModelVersion, artefacts: ArtefactStore) -> Guess:
    """What a version takes a canvas for."""
    _, model = load_version(version, artefacts)

    def guess(png: bytes) -> tuple[str, float]:
        said = model.probabilities(normalize_canvas(png))
        return CATEGORIES[int(said.argmax())], float(said.max())

    return guess


def request_and_follow(stack: Stack, service: str, key: str) -> Run:
    """Asks for a run over HTTP and follows it to its end. A run that is under way already is followed first."""
    with httpx.Client(base_url=service, headers={"X-API-Key": key}, timeout=30) as client:
        while True:
            answer = client.post("/v1/retrains")
            if answer.status_code != httpx.codes.CONFLICT:
                break
            follow(stack, client, answer.json()["runId"])
        answer.raise_for_status()
        run_id = answer.json()["id"]
        console.print(f"[bold]4[/] POST /v1/retrains: {answer.status_code}, {run_id}")
        return follow(stack, client, run_id)


def follow(stack: Stack, client: httpx.Client, run_id: str) -> Run:
    """The run when it has ended; shows its steps meanwhile."""
    state = RunState.REQUESTED
    with progress_bar("waiting for the worker") as told:
        while True:
            run = Run.from_document(client.get(f"/v1/retrains/{run_id}").raise_for_status().json())
            told(f"{run.state}: {run.progress.message}", run.progress.done, run.progress.total)
            if run.state is not state:
                console.print(f"  {run.state}")
                state = run.state
            if run.state.ended:
                return run
            stack.check()
            time.sleep(POLL_SECONDS)


def print_result(run: Run, ports: Ports, data_dir: Path, seconds: float) -> None:
    """The table of what happened, and what to try next."""
    console.print(result_table(run))
    if run.version:
        version = ports.models.get(run.version)
        console.print(
            "[bold]files in Storage[/] "
            + "  ".join(f"{file.path} ({file.size:,} bytes)" for file in version.files)
        )
    release = ports.models.release()
    console.print(
        f"[bold]released now[/] {release.version if release else 'nothing'}, after {seconds:.0f} s in all"
    )
    console.print(
        f"[bold]next[/] the same again: redraw demo --data-dir {data_dir}; "
        f"keep it running: redraw up --data-dir {data_dir}; start afresh: rm -r {data_dir}"
    )


def key_of(settings: Settings) -> str:
    """The API key in clear."""
    return settings.api_key.get_secret_value() if settings.api_key else ""
