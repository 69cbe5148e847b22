"""The commands from Google's drawings to the first version."""

from pathlib import Path

import click

from pipeline.formatting import format_percent
from pipeline.settings import RecipeName
from pipeline.training.recipes import RECIPES
from service.cli.commands.parameters import FILE, FOLDER, project


@click.command()
@click.option("--out", type=FOLDER, required=True, help="Folder for the <category>.npy files.")
@click.option("--samples-per-class", type=click.IntRange(10), default=70_000, show_default=True)
@click.option(
    "--from",
    "source",
    metavar="URL",
    help="Folder of the files on the web; default: REDRAW_SOURCE_URL.",
)
def download(out: Path, samples_per_class: int, source: str | None) -> None:
    """Fetch Quick, Draw! drawings; goes on where it was interrupted."""
    from pipeline.quickdraw.download import RECORD
    from pipeline.quickdraw.download import download as run_download
    from pipeline.settings import load_settings
    from service.cli.display import progress_bar

    if source is not None and not source.startswith(("http://", "https://")):
        raise click.BadParameter("it must begin with https:// or http://", param_hint="--from")
    with progress_bar("asking for the files") as told:
        found = run_download(
            out,
            source=source or load_settings().source_url,
            samples_per_class=samples_per_class,
            on_progress=told,
        )
    rows = sum(each.rows for each in found.values())
    click.echo(f"{out}: {rows:,} drawings in {len(found)} files, as recorded in {out / RECORD}")


@click.command()
@click.option(
    "--raw", type=FOLDER, required=True, help="Folder with <category>.npy files, uint8 (N, 784)."
)
@click.option("--out", type=FILE, required=True, help="The HDF5 file to write.")
@click.option("--samples-per-class", type=click.IntRange(10), default=70_000, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
def preprocess(raw: Path, out: Path, samples_per_class: int, seed: int) -> None:
    """Raw drawings to the HDF5 data set, revision 0."""
    from pipeline.dataset.preprocess import preprocess as run_preprocess
    from service.cli.display import progress_bar

    with progress_bar("preprocessing") as told:
        revision = run_preprocess(
            raw, out, samples_per_class=samples_per_class, seed=seed, on_progress=told
        )
    counts = ", ".join(f"{count:,} {split}" for split, count in revision.rows.items() if count)
    click.echo(f"{out}: {counts}; digest {revision.digest[:16]}")


@click.command()
@click.option("--dataset", type=FILE, required=True, help="The HDF5 data set.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The .h5 model to write.",
)
@click.option(
    "--recipe",
    type=click.Choice([str(name) for name in RecipeName]),
    default="fast",
    show_default=True,
    help="How to train.",
)
@click.option("--epochs", type=click.IntRange(1), help="Instead of the recipe's own number.")
@click.option("--batch-size", type=click.IntRange(1), help="Instead of the recipe's own.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
def train(
    dataset: Path, out: Path, *, recipe: str, epochs: int | None, batch_size: int | None, seed: int
) -> None:
    """Train the CNN on a data set. Interrupted and called again, it goes on after the last whole epoch."""
    from pipeline.dataset.hdf5 import describe
    from service.cli.display import progress_bar

    if out.suffix != ".h5":
        raise click.BadParameter("the model file must end in .h5", param_hint="--out")
    describe(dataset)  # before ten seconds of TensorFlow
    with progress_bar("loading TensorFlow, about ten seconds") as told:
        from pipeline.files import write_atomically
        from pipeline.model.cnn import dump_model
        from pipeline.training.train import remove_checkpoints
        from pipeline.training.train import train as run_train

        how = RECIPES[RecipeName(recipe)].with_overrides(epochs=epochs, batch_size=batch_size)
        checkpoint = out.with_suffix(".checkpoint")
        model, history = run_train(
            dataset, recipe=how, seed=seed, checkpoint=checkpoint, on_progress=told
        )
        write_atomically(out, dump_model(model))
        remove_checkpoints(checkpoint)
    click.echo(
        f"{out}: {format_percent(max(history['val_accuracy']))} of the validation split after {len(history['loss'])} epochs"
    )


@click.command()
@click.option("--raw", type=FOLDER, help="Folder with raw drawings; default: REDRAW_RAW_DIR.")
@click.option(
    "--recipe",
    type=click.Choice([str(name) for name in RecipeName]),
    help="How to train; default: REDRAW_RECIPE.",
)
def baseline(raw: Path | None, recipe: str | None) -> None:
    """Raw drawings to a published, released v1.0.0."""
    from pipeline.settings import load_settings
    from service.cli.display import console, metrics_table, progress_bar

    raw = raw or load_settings().raw_dir
    if raw is None:
        raise click.UsageError("say where the drawings are: --raw DIR, or REDRAW_RAW_DIR")
    settings, ports = project()
    with progress_bar("loading TensorFlow, about ten seconds") as told:
        from pipeline.baseline import make_baseline as run_baseline

        if recipe:
            settings = settings.model_copy(update={"recipe": RecipeName(recipe)})
        made = run_baseline(raw, ports, settings, told)
    console.print(metrics_table(made.metrics))
    told_as = f"{format_percent(made.metrics.accuracy)} of {made.metrics.rows} unseen drawings, loss {made.metrics.loss:.3f}"
    click.echo(f"{made.version.version}: {told_as}")
    click.echo(f"with pictures, for a browser: {settings.report_file}")
    if made.released:
        click.echo(f"{made.version.version} is released")
    else:
        click.echo(
            f"another version is released; to change that: redraw promote {made.version.version}"
        )


COMMANDS = (download, preprocess, train, baseline)
