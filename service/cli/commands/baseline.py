"""The commands for the first version: from Google's drawings to a published model."""

from pathlib import Path

import click

from pipeline.baseline_extra import require_tensorflow
from pipeline.formatting import format_percent
from pipeline.settings import RecipeName
from pipeline.training.recipes import RECIPES
from service.cli.commands.parameters import FILE, FOLDER, connect_project


@click.command()
@click.option("--out", type=FOLDER, required=True, help="Folder for the <category>.npy files.")
@click.option("--samples-per-class", type=click.IntRange(10), default=70_000, show_default=True)
@click.option(
    "--from",
    "source",
    metavar="URL",
    help="Web address of the folder with the files; default: REDRAW_SOURCE_URL.",
)
def download(out: Path, samples_per_class: int, source: str | None) -> None:
    """Download Quick, Draw! drawings; continues after an interruption."""
    from pipeline.quickdraw.download import RECORD
    from pipeline.quickdraw.download import download as run_download
    from pipeline.settings_reading import load_settings
    from service.cli.display import progress_bar

    if source is not None and not source.startswith(("http://", "https://")):
        raise click.BadParameter("it must begin with https:// or http://", param_hint="--from")
    settings = load_settings()
    with progress_bar("requesting the files") as report_progress:
        downloaded = run_download(
            out,
            source=source or settings.source_url,
            categories=settings.categories,
            samples_per_class=samples_per_class,
            on_progress=report_progress,
        )
    rows = sum(file.rows for file in downloaded.values())
    click.echo(
        f"{out}: {rows:,} drawings in {len(downloaded)} files, as recorded in {out / RECORD}"
    )


@click.command()
@click.option(
    "--raw", type=FOLDER, required=True, help="Folder with <category>.npy files, uint8 (N, 784)."
)
@click.option("--out", type=FILE, required=True, help="The HDF5 file to write.")
@click.option("--samples-per-class", type=click.IntRange(10), default=70_000, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
def preprocess(raw: Path, out: Path, samples_per_class: int, seed: int) -> None:
    """Make the HDF5 data set, revision 0, from raw drawings."""
    from pipeline.dataset.preprocess import preprocess as run_preprocess
    from pipeline.settings_reading import load_settings
    from service.cli.display import progress_bar

    with progress_bar("preprocessing") as report_progress:
        revision = run_preprocess(
            raw,
            out,
            categories=load_settings().categories,
            samples_per_class=samples_per_class,
            seed=seed,
            on_progress=report_progress,
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
@click.option(
    "--canvas-copies",
    type=click.IntRange(0),
    help="Base rows that are also shown as drawn on a canvas, instead of the recipe's own number.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
def train(
    dataset: Path,
    out: Path,
    *,
    recipe: str,
    epochs: int | None,
    batch_size: int | None,
    canvas_copies: int | None,
    seed: int,
) -> None:
    """Train the CNN on a data set.

    After an interruption the same call continues behind the last complete epoch.
    """
    from pipeline.categories import require_categories
    from pipeline.dataset.classes import ADVICE
    from pipeline.dataset.hdf5 import describe
    from pipeline.settings_reading import load_settings
    from service.cli.display import progress_bar
    from service.cli.tensorflow_loading import load_tensorflow

    require_tensorflow("redraw train")
    if out.suffix != ".h5":
        raise click.BadParameter("the model file must end in .h5", param_hint="--out")
    # Fail before TensorFlow is loaded, which takes ten seconds.
    categories = describe(dataset).categories
    require_categories(f"the data set {dataset}", categories, load_settings().categories, ADVICE)
    with progress_bar("loading TensorFlow, about ten seconds") as report_progress:
        load_tensorflow()
        from pipeline.files import write_atomically
        from pipeline.model.cnn import dump_model
        from pipeline.training.train import remove_checkpoints
        from pipeline.training.train import train as run_train

        chosen = RECIPES[RecipeName(recipe)].with_overrides(
            epochs=epochs, batch_size=batch_size, copies=canvas_copies
        )
        checkpoint = out.with_suffix(".checkpoint")
        model, history = run_train(
            dataset, recipe=chosen, seed=seed, checkpoint=checkpoint, on_progress=report_progress
        )
        write_atomically(out, dump_model(model, categories))
        remove_checkpoints(checkpoint)
    click.echo(
        f"{out}: {format_percent(max(history['val_accuracy']))} of the validation split "
        f"after {len(history['loss'])} epochs"
    )


@click.command()
@click.option("--raw", type=FOLDER, help="Folder with raw drawings; default: REDRAW_RAW_DIR.")
@click.option(
    "--recipe",
    type=click.Choice([str(name) for name in RecipeName]),
    help="How to train; default: REDRAW_RECIPE.",
)
def baseline(raw: Path | None, recipe: str | None) -> None:
    """Train the first model on raw drawings, and publish and release it as v1.0.0."""
    from pipeline.settings_reading import load_settings
    from service.cli.display import metrics_table, print_table, progress_bar
    from service.cli.tensorflow_loading import load_tensorflow

    require_tensorflow("redraw baseline")
    raw = raw or load_settings().raw_dir
    if raw is None:
        raise click.UsageError("say where the drawings are: --raw DIR, or REDRAW_RAW_DIR")
    settings, ports = connect_project()
    with progress_bar("loading TensorFlow, about ten seconds") as report_progress:
        load_tensorflow()
        from pipeline.baseline import make_baseline

        if recipe:
            settings = settings.model_copy(update={"recipe": RecipeName(recipe)})
        made = make_baseline(raw, ports, settings, report_progress)
    print_table(metrics_table(made.metrics))
    metrics, version = made.metrics, made.version.version
    click.echo(
        f"{version}: {format_percent(metrics.accuracy)} of {metrics.rows} unseen drawings, "
        f"loss {metrics.loss:.3f}"
    )
    click.echo(f"report with pictures; open it in a browser: {settings.report_file}")
    if made.released:
        click.echo(f"{version} is released")
    else:
        click.echo(f"another version is released; to change that: redraw promote {version}")


COMMANDS = (download, preprocess, train, baseline)
