"""The command `redraw`. Each command is thin: it reads its arguments, makes one call, and shows what came of it."""

import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from pipeline.errors import RedrawError
from pipeline.recipes import RECIPES, RecipeName
from service.interrupts import heed, raise_until_heeded

# What a command needs is imported when it runs: `redraw --help` must not wait for Google's clients, let alone TensorFlow.

FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
PORT = click.IntRange(0, 65535)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Redraw: turns players' corrections into a better model, safely, and lets you undo it."""


def main() -> None:
    """Runs `redraw`: exit code 0 done, 1 failed with one line that says what to do, 2 called wrongly, 130 stopped by Ctrl-C."""
    raise_until_heeded()
    try:
        commands(standalone_mode=False)
    except click.exceptions.ClickException as fault:
        fault.show()
        sys.exit(fault.exit_code)
    except (click.exceptions.Abort, KeyboardInterrupt):
        heed()
        click.echo("stopped", err=True)
        sys.exit(130)
    except RedrawError as fault:
        click.echo(f"redraw: {fault}", err=True)
        sys.exit(1)
    except OSError as fault:
        click.echo(f"redraw: {fault}: see that the disk has room and that you may write there", err=True)
        sys.exit(1)


@commands.command()
@click.option(
    "--raw", type=FOLDER, help="Folder with Quick, Draw! .npy files; else REDRAW_RAW_DIR, else fetched, else sketched."
)
@click.option("--data-dir", type=FOLDER, default=Path("data"), show_default=True, help="Everything goes into this folder.")
@click.option("--corrections", type=FOLDER, help="Folder with corrections.jsonl and objects/; else they are made on the spot.")
def demo(raw: Path | None, data_dir: Path, corrections: Path | None) -> None:
    """The whole loop on this machine: train, correct, retrain, judge, release."""
    from service.demo import demo as run_demo

    run_demo(raw, data_dir, corrections)


@commands.command()
@click.option("--data-dir", type=FOLDER, help="Folder of everything; default: REDRAW_DATA_DIR or ./data.")
def up(data_dir: Path | None) -> None:
    """Keep emulators, Redis, a worker, beat and the service running until Ctrl-C."""
    from service.up import up as run_up

    run_up(data_dir)


@commands.group(invoke_without_command=True)
@click.option("--data-dir", type=FOLDER, help="Documents and objects are kept here; without it nothing is kept.")
@click.option("--firestore-port", type=PORT, default=8080, show_default=True)
@click.option("--storage-port", type=PORT, default=9199, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback, unless a container network needs another.")
@click.option("--official", is_flag=True, help="Firestore from Google's own emulator, where it is installed; it keeps nothing.")
@click.pass_context
def emulators(
    context: click.Context, *, data_dir: Path | None, firestore_port: int, storage_port: int, host: str, official: bool
) -> None:
    """Serve Firestore and Storage until Ctrl-C."""
    if context.invoked_subcommand is None:
        from service.emulators import serve_emulators

        serve_emulators(data_dir, firestore_port, storage_port, host, official=official)


@emulators.command()
@click.option("--corrections", type=FOLDER, help="Folder with corrections.jsonl and objects/; else they are made on the spot.")
@click.option("--raw", type=FOLDER, help="Drawings to make them of; else REDRAW_RAW_DIR, else synthetic sketches.")
@click.option("--count", type=click.IntRange(1), default=200, show_default=True, help="How many to make.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Another seed, other corrections.")
def seed(corrections: Path | None, raw: Path | None, count: int, seed: int) -> None:
    """Fill running emulators with players' corrections and canvases."""
    from service.emulators import seed_emulators

    new = seed_emulators(corrections, raw, count, seed)
    click.echo(f"{new} corrections are new and pending; those that were there before were left alone")


@commands.command()
@click.option("--out", type=FOLDER, required=True, help="Folder for the <category>.npy files.")
@click.option("--samples-per-class", type=click.IntRange(10), default=70_000, show_default=True)
@click.option("--from", "source", metavar="URL", help="Folder of the files on the web; default: REDRAW_SOURCE_URL.")
def download(out: Path, samples_per_class: int, source: str | None) -> None:
    """Fetch Quick, Draw! drawings; goes on where it was interrupted."""
    from pipeline.download import download as run_download
    from pipeline.downloaded import RECORD
    from pipeline.settings import load_settings
    from service.display import progress_bar

    if source is not None and not source.startswith(("http://", "https://")):
        raise click.BadParameter("it must begin with https:// or http://", param_hint="--from")
    with progress_bar("asking for the files") as told:
        found = run_download(
            out, source=source or load_settings().source_url, samples_per_class=samples_per_class, on_progress=told
        )
    rows = sum(each.rows for each in found.values())
    click.echo(f"{out}: {rows:,} drawings in {len(found)} files, as recorded in {out / RECORD}")


@commands.command()
@click.option("--raw", type=FOLDER, required=True, help="Folder with <category>.npy files, uint8 (N, 784).")
@click.option("--out", type=FILE, required=True, help="The HDF5 file to write.")
@click.option("--samples-per-class", type=click.IntRange(10), default=70_000, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
def preprocess(raw: Path, out: Path, samples_per_class: int, seed: int) -> None:
    """Raw drawings to the HDF5 data set, revision 0."""
    from pipeline.preprocess import preprocess as run_preprocess
    from service.display import progress_bar

    with progress_bar("preprocessing") as told:
        revision = run_preprocess(raw, out, samples_per_class=samples_per_class, seed=seed, on_progress=told)
    counts = ", ".join(f"{count:,} {split}" for split, count in revision.rows.items() if count)
    click.echo(f"{out}: {counts}; digest {revision.digest[:16]}")


@commands.command()
@click.option("--dataset", type=FILE, required=True, help="The HDF5 data set.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The .h5 model to write.")
@click.option(
    "--recipe", type=click.Choice([str(name) for name in RecipeName]), default="fast", show_default=True, help="How to train."
)
@click.option("--epochs", type=click.IntRange(1), help="Instead of the recipe's own number.")
@click.option("--batch-size", type=click.IntRange(1), help="Instead of the recipe's own.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
def train(dataset: Path, out: Path, *, recipe: str, epochs: int | None, batch_size: int | None, seed: int) -> None:
    """Train the CNN on a data set. Interrupted and called again, it goes on after the last whole epoch."""
    from pipeline.dataset import describe
    from service.display import percent, progress_bar

    if out.suffix != ".h5":
        raise click.BadParameter("the model file must end in .h5", param_hint="--out")
    describe(dataset)  # before ten seconds of TensorFlow
    with progress_bar("loading TensorFlow, about ten seconds") as told:
        from pipeline.files import write_whole
        from pipeline.model import model_bytes
        from pipeline.train import remove_checkpoints
        from pipeline.train import train as run_train

        how = RECIPES[RecipeName(recipe)].with_course(epochs=epochs, batch_size=batch_size)
        checkpoint = out.with_suffix(".checkpoint")
        model, history = run_train(dataset, recipe=how, seed=seed, checkpoint=checkpoint, on_progress=told)
        write_whole(out, model_bytes(model))
        remove_checkpoints(checkpoint)
    click.echo(f"{out}: {percent(max(history['val_accuracy']))} of the validation split after {len(history['loss'])} epochs")


@commands.command()
@click.option("--raw", type=FOLDER, help="Folder with raw drawings; default: REDRAW_RAW_DIR.")
@click.option("--recipe", type=click.Choice([str(name) for name in RecipeName]), help="How to train; default: REDRAW_RECIPE.")
def baseline(raw: Path | None, recipe: str | None) -> None:
    """Raw drawings to a published, released v1.0.0."""
    from pipeline.settings import load_settings
    from service.display import console, metrics_table, percent, progress_bar

    raw = raw or load_settings().raw_dir
    if raw is None:
        raise click.UsageError("say where the drawings are: --raw DIR, or REDRAW_RAW_DIR")
    settings, ports = _project()
    with progress_bar("loading TensorFlow, about ten seconds") as told:
        from pipeline.baseline import baseline as run_baseline

        if recipe:
            settings = settings.model_copy(update={"recipe": RecipeName(recipe)})
        made = run_baseline(raw, ports, settings, told)
    console.print(metrics_table(made.metrics))
    told_as = f"{percent(made.metrics.accuracy)} of {made.metrics.rows} unseen drawings, loss {made.metrics.loss:.3f}"
    click.echo(f"{made.version.version}: {told_as}")
    click.echo(f"with pictures, for a browser: {settings.report_file}")
    if made.released:
        click.echo(f"{made.version.version} is released")
    else:
        click.echo(f"another version is released; to change that: redraw promote {made.version.version}")


@commands.command()
def retrain() -> None:
    """Execute one retraining run here, without workers."""
    from pipeline.records import Run, RunState
    from service.display import console, progress_bar, result_table
    from workers.execution import execute

    settings, ports = _project()
    run = ports.runs.request(
        Run(id=f"run-{uuid.uuid4().hex[:12]}", requested_at=datetime.now(UTC), requested_by="command line")
    )
    with progress_bar("loading TensorFlow, about ten seconds") as told:
        run = execute(run.id, ports, settings, told)
    console.print(result_table(run))
    if run.state is RunState.FAILED:
        raise RedrawError(f"the run failed: {run.reason}")


@commands.command()
@click.argument("run_id", required=False)
def runs(run_id: str | None) -> None:
    """List the runs, or show one."""
    from service.display import console, result_table, runs_table

    _, ports = _project()
    if run_id:
        console.print(result_table(ports.runs.get(run_id)))
    else:
        console.print(runs_table(ports.runs.list()))
        console.print("what a run did, and why it ended as it did: redraw runs RUN")


@commands.command()
def models() -> None:
    """List the versions."""
    from service.display import console, models_table

    _, ports = _project()
    console.print(models_table(ports.models.list()))


@commands.command()
@click.argument("version")
def promote(version: str) -> None:
    """Release a version; releasing an older one is the rollback."""
    from pipeline.records import VersionNumber

    VersionNumber.parse(version)
    _, ports = _project()
    release = ports.models.promote(version)
    click.echo(f"{release.version} is released; before it: {release.previous or 'nothing'}")


@commands.command()
def doctor() -> None:
    """See whether everything that Redraw needs answers."""
    from service.doctor import examine

    faults = 0
    for what, fault in examine():
        click.echo(f"{'ok ' if fault is None else 'BAD'} {what}" + (f": {fault}" if fault else ""))
        faults += fault is not None
    if faults:
        raise RedrawError(f"{faults} of the above {'needs' if faults == 1 else 'need'} mending")


def _project() -> tuple[Any, Any]:
    from pipeline.bootstrap import connect
    from pipeline.settings import load_settings

    settings = load_settings()
    return settings, connect(settings)


if __name__ == "__main__":
    main()
