"""Check that everything a run works with has the classes that the settings name."""

from pipeline.categories import require_categories
from pipeline.dataset.classes import check_local_categories
from pipeline.errors import NotFound, OtherClasses
from pipeline.model.file import read_model_categories
from pipeline.model.predict import Predictor
from pipeline.ports import ModelRegistry
from pipeline.records.versions import ModelVersion
from pipeline.runs.context import RunContext
from pipeline.settings import Settings

ADVICE = (
    "set REDRAW_CATEGORIES as it was then, or make a version of the new classes with "
    "`redraw baseline` and promote it"
)


def check_categories(context: RunContext) -> None:
    """Check the local data set and the released version, before anything is collected.

    A data set that is fetched from Storage later is checked when it is there.

    Raises:
        OtherClasses: one of them has other classes than the settings, or another order.
    """
    check_dataset(context.settings)
    check_released_classes(context.ports.models, context.settings)


def check_dataset(settings: Settings) -> None:
    """Raise OtherClasses if there is a local data set, and it has other classes."""
    check_local_categories(settings.dataset_file, settings.categories)


def check_released_classes(models: ModelRegistry, settings: Settings) -> None:
    """Raise OtherClasses if a version is released, says its classes, and has others."""
    release = models.release()
    if release is None:
        return
    try:
        check_version(models.get(release.version), settings)
    except NotFound:
        return  # the steps that need the version say what is missing


def check_version(version: ModelVersion, settings: Settings) -> None:
    """Raise OtherClasses if a version says its classes, and has others."""
    if version.categories:
        require_categories(version.version, version.categories, settings.categories, ADVICE)


def check_model(version: str, data: bytes, model: Predictor, settings: Settings) -> None:
    """Raise OtherClasses if the model of a version has other classes.

    Args:
        version: its number, for the message.
        data: the model file. One that Redraw did not write names no classes; then their number is
            compared.
        model: what is in the file.
        settings: of this process.
    """
    found = read_model_categories(data)
    if found is not None:
        require_categories(f"the model of {version}", found, settings.categories, ADVICE)
    classes, expected = len(model.head.bias), len(settings.categories)
    if classes != expected:
        raise OtherClasses(
            f"the model of {version} has {classes} classes, the settings say {expected}; {ADVICE}"
        )
