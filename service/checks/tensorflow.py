"""The check of TensorFlow: whether it is there, and whether the next run would need it."""

from pipeline.baseline_extra import has_tensorflow, require_tensorflow
from pipeline.ports import Ports
from pipeline.runs.tensorflow_use import lacks_referee
from pipeline.settings import Settings
from service.checks.check import Finding, find_problem

TENSORFLOW = "TensorFlow"


def check_tensorflow(settings: Settings, ports: Ports) -> Finding:
    """Say whether TensorFlow is installed.

    It is wrong that it is not only where the next run would have to train the data set's referee.
    What the settings need it for is told with them.
    """
    if has_tensorflow():
        return Finding(f"{TENSORFLOW}: installed")

    def look() -> None:
        if lacks_referee(ports.artefacts, settings.dataset_name):
            require_tensorflow(
                "the referee of the data set, which Storage lacks and the next run trains,"
            )

    return Finding(f"{TENSORFLOW}: not installed; only baselines need it", find_problem(look))
