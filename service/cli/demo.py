"""`redraw demo`: run the whole loop on this machine, from drawings to a released version."""

import os
import secrets
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import httpx
import numpy as np

from emulator.players.canvases import Guess, Guessed, SentCorrection, player_corrections
from emulator.players.corrections_folder import read_corrections
from emulator.players.seed import seed_corrections
from emulator.players.sketches import PLAYERS_HASTE, sketch_rows
from pipeline.baseline_extra import require_tensorflow
from pipeline.bootstrap import connect
from pipeline.dataset.raw_drawings import find_raw
from pipeline.drawings import normalize_canvas
from pipeline.errors import InvalidRawDrawings, RedrawError
from pipeline.formatting import format_percent
from pipeline.ports import ArtefactStore, Ports
from pipeline.records.runs import Run, RunState
from pipeline.records.versions import ModelVersion
from pipeline.settings import Settings
from pipeline.settings_reading import load_settings
from pipeline.versions.asking import decide_asking
from pipeline.versions.load import load_version, read_policy
from service.cli.demo_result import print_result, print_summary
from service.cli.display import console, print_step, progress_bar
from service.cli.keep_open import keep_open
from service.cli.page_addresses import PLAY_ENVIRONMENT, find_pages
from service.cli.processes import Stack
from service.cli.raw_drawings import SKETCHES, find_or_make_drawings
from service.cli.stack import (
    choose_redis,
    describe_firebase,
    find_free_ports,
    running_stack,
    sign_in_development,
    wait_for_service,
)
from service.cli.tensorflow_loading import load_tensorflow

SAMPLES = 300  # rows of each class: few, so that the baseline takes seconds
EPOCHS = 6
BATCH_SIZE = 64
CANVAS_COPIES = 2000  # they take about five seconds, drawing and training together
SENT, PLAYERS = 800, 240  # corrections and confirmations
# The share of all drawings that players are asked about. Few are drawn, so a hundredth says little.
AUDIT = 0.1
SKETCHED = 300  # drawings of each class that players choose from
POLL_SECONDS = 0.3
HELD_BACK = 10  # of a small file, one row in so many is left to the players


def demo(raw: Path | None, data_dir: Path, corrections: Path | None) -> None:
    """Run the loop once in `data_dir` and print each step.

    A second call continues from what is there. The processes that it starts are always stopped: at
    the end, or, in a terminal, when a key is pressed then.

    Args:
        raw: the folder with raw drawings; by default they are found or made.
        data_dir: the folder for everything that is written.
        corrections: the folder with corrections to send; by default players are simulated.

    Raises:
        RedrawError: a part fails.
    """
    require_tensorflow("redraw demo")
    started = time.monotonic()
    settings = load_settings(
        data_dir=data_dir,
        epochs=EPOCHS,
        batch_size=BATCH_SIZE,
        canvas_copies=CANVAS_COPIES,
        api_key=secrets.token_hex(16),
        environment="development",
    ).with_changes(ask={"audit": AUDIT})
    addresses = find_free_ports()
    key = read_api_key(settings)
    extra = {
        "REDRAW_API_KEY": key,
        "REDRAW_ENVIRONMENT": "development",
        "REDRAW_ASK_AUDIT": str(AUDIT),
        PLAY_ENVIRONMENT: "anyone",
    }
    print_step(
        "1",
        f"starting {describe_firebase(addresses)}, Redis ({choose_redis(settings)}), "
        f"a worker and the service; logs in {data_dir}/logs",
    )
    os.environ.update(addresses.environment())
    with running_stack("demo", settings, addresses, extra, beat=False, waits=False) as stack:
        # Worker and service load while the first model is trained.
        # v1.0.0 is published by this process, with the key that the worker signs with.
        settings = sign_in_development(settings)
        ports = connect(settings)
        drawings = (
            raw
            or settings.raw_dir
            or find_or_make_drawings(data_dir, settings.source_url, settings.categories)
        )
        samples = choose_num_rows(drawings, settings.categories)
        make_first_version(
            drawings, ports, settings.model_copy(update={"samples_per_class": samples})
        )
        wait_for_service(stack, addresses)
        pages = find_pages(settings, addresses.service)
        console.print(f"  draw, and see it guess, while this runs: {pages.play}", soft_wrap=True)
        send_corrections(drawings, samples, corrections, ports, settings)
        run = request_and_follow(stack, f"http://127.0.0.1:{addresses.service}", key)
        print_result(run, ports, data_dir)
        release = ports.models.release()
        print_summary(run, release.version if release else None, time.monotonic() - started)
        if run.state is not RunState.FAILED and sys.stdout.isatty():
            keep_open(stack, find_pages(settings, addresses.service), key)
    if run.state is RunState.FAILED:
        raise RedrawError(f"the run failed: {run.reason}; logs in {data_dir}/logs")


def choose_num_rows(raw: Path, categories: Sequence[str]) -> int:
    """Return how many rows of each class the baseline gets; the rest is left to the players."""
    try:
        fewest = min(len(np.load(find_raw(raw, name), mmap_mode="r")) for name in categories)
    except (OSError, ValueError) as error:
        raise InvalidRawDrawings(
            f"{raw} does not hold a valid .npy file for each class: {error}; "
            "redraw download --out FOLDER fetches them"
        ) from None
    return min(SAMPLES, fewest - fewest // HELD_BACK)


def make_first_version(raw: Path, ports: Ports, settings: Settings) -> None:
    """Train and release v1.0.0, unless a version is released already."""
    release = ports.models.release()
    if release is not None:
        print_step("2", f"{release.version} is released already: going on from there")
        return
    size = f"{settings.samples_per_class} drawings of each of {len(settings.categories)} classes"
    print_step("2", f"training the first model on {size} from {raw}")
    with progress_bar("loading TensorFlow, about ten seconds") as report_progress:
        load_tensorflow()
        from pipeline.baseline import make_baseline

        baseline = make_baseline(raw, ports, settings, report_progress)
    console.print(
        f"  {baseline.version.version} is released: "
        f"{format_percent(baseline.metrics.accuracy)} of {baseline.metrics.rows} unseen drawings"
    )
    console.print(
        f"  report with pictures; open it in a browser: {settings.report_file}", soft_wrap=True
    )


def send_corrections(
    raw: Path, samples: int, folder: Path | None, ports: Ports, settings: Settings
) -> None:
    """Send corrections as players would: those in `folder`, or generated ones.

    They are generated from rows that the baseline was not trained on.
    """
    round_number = len(ports.runs.list(1000))
    sent: Iterable[SentCorrection]
    with progress_bar("players are drawing") as report_progress:
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
                    "no version is released, so players have nothing to correct: "
                    "start again with another --data-dir"
                )
            rows = read_held_back(raw, samples, round_number, settings.categories)
            model = ports.models.get(release.version)
            sent = player_corrections(
                rows,
                SENT,
                round_number,
                release.version,
                players=PLAYERS,
                slanted=True,
                categories=settings.categories,
                guess=make_guesser(model, ports.artefacts, settings.categories),
            )
            seed_corrections(
                sent,
                settings,
                lambda done: report_progress("players are drawing", done, SENT),
            )
    print_step(
        "3",
        f"players have sent corrections ({source}): "
        f"{ports.corrections.count_pending()} are pending",
    )


def read_held_back(
    raw: Path, samples: int, round_number: int, categories: Sequence[str]
) -> dict[str, np.ndarray]:
    """Return rows by category that the baseline did not use, uint8 `(n, 784)`.

    Sketches are generated, other ones in each round.
    """
    if raw.name == SKETCHES:
        return {
            name: sketch_rows(name, SKETCHED, 1 + round_number, PLAYERS_HASTE)
            for name in categories
        }
    return {name: np.load(find_raw(raw, name))[samples:] for name in categories}


def make_guesser(
    version: ModelVersion, artefacts: ArtefactStore, categories: Sequence[str]
) -> Guess:
    """Return what a game does with a canvas: a version's guess, and whether to ask the player."""
    _, model = load_version(version, artefacts)
    policy = read_policy(version.version, artefacts)

    def guess(png: bytes, drawing_id: str) -> Guessed:
        probabilities = model.probabilities(normalize_canvas(png))
        return Guessed(
            categories[int(probabilities.argmax())],
            float(probabilities.max()),
            decide_asking(policy, probabilities, categories, drawing_id),
        )

    return guess


def request_and_follow(stack: Stack, service: str, key: str) -> Run:
    """Request a run over HTTP, follow it to its end, and return it.

    If another run is under way, that one is followed first.
    """
    with httpx.Client(base_url=service, headers={"X-API-Key": key}, timeout=30) as client:
        while True:
            answer = client.post("/v1/retrains")
            if answer.status_code != httpx.codes.CONFLICT:
                break
            follow_run(stack, client, answer.json()["runId"])
        answer.raise_for_status()
        run_id = answer.json()["id"]
        print_step("4", f"POST /v1/retrains: {answer.status_code}, {run_id}")
        return follow_run(stack, client, run_id)


def follow_run(stack: Stack, client: httpx.Client, run_id: str) -> Run:
    """Show the steps of a run until it has ended, and return it."""
    state = RunState.REQUESTED
    with progress_bar("waiting for the worker") as report_progress:
        while True:
            run = Run.from_document(client.get(f"/v1/retrains/{run_id}").raise_for_status().json())
            progress = run.progress
            report_progress(f"{run.state}: {progress.message}", progress.done, progress.total)
            if run.state is not state:
                console.print(f"  {run.state}")
                state = run.state
            if run.state.ended:
                return run
            stack.check()
            time.sleep(POLL_SECONDS)


def read_api_key(settings: Settings) -> str:
    """Return the API key as text."""
    return settings.api_key.get_secret_value() if settings.api_key else ""
