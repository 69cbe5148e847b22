"""What in a run needs TensorFlow, found out before the run begins: most runs need none."""

from pipeline.baseline_extra import has_tensorflow, require_tensorflow
from pipeline.dataset.samples import read_base_digest
from pipeline.ports import ArtefactStore
from pipeline.records.runs import RunKind
from pipeline.runs.context import RunContext
from pipeline.storage_paths import CHALLENGER, REFEREE


def check_tensorflow(context: RunContext) -> None:
    """Do nothing if the run needs no TensorFlow, or it is installed.

    Raises:
        TensorFlowMissing: the run would train all layers, fit by the plain recipe, or train the
            data set's referee, and this worker cannot.
    """
    if has_tensorflow():
        return
    settings, artefacts = context.settings, context.ports.artefacts
    if context.log.run.kind is RunKind.BASELINE:
        if not artefacts.list(context.path(CHALLENGER)):  # an earlier attempt has trained it
            require_tensorflow("a new baseline")
    elif settings.fit.method == "keras":
        require_tensorflow("REDRAW_FIT_METHOD=keras")
    if lacks_referee(artefacts, settings.dataset_name):
        require_tensorflow("the referee of the data set, which Storage lacks and a run trains,")


def lacks_referee(artefacts: ArtefactStore, dataset: str) -> bool:
    """Return whether Storage holds the base of a data set, but no referee that belongs to it.

    Args:
        artefacts: Storage.
        dataset: its name, see `storage_paths.name_dataset`.
    """
    digest = read_base_digest(artefacts, dataset)
    return digest is not None and not artefacts.list(REFEREE.fill(dataset=dataset, digest=digest))
