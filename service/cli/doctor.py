"""`redraw doctor`: check everything that Redraw needs."""

import shutil
import tempfile
from collections.abc import Callable, Iterator

from pipeline.bootstrap import connect
from pipeline.dataset.hdf5 import describe
from pipeline.errors import RedrawError
from pipeline.runs.classes import check_dataset, check_release
from pipeline.settings import Settings, load_settings
from workers.redis_ping import ping

FREE_BYTES = 2 * 1024**3  # for a copy of the full-size data set


def run_checks() -> Iterator[tuple[str, str | None]]:
    """Yield the name of each check, and what is wrong; None if it passed."""
    settings = load_settings()
    ports = connect(settings)
    checks: dict[str, Callable[[], object]] = {
        f"folder {settings.data_dir}": lambda: _check_folder(settings),
        f"Redis {settings.redis_url}": lambda: ping(settings.redis_url),
        f"Firestore of project {settings.project_id}": ports.models.release,
        f"Storage bucket {settings.bucket}": lambda: ports.artefacts.list("models/"),
    }
    if settings.dataset_file.exists():
        checks[f"data set {settings.dataset_file}"] = lambda: describe(settings.dataset_file)
        checks["classes of the data set"] = lambda: check_dataset(settings)
    checks["classes of the released version"] = lambda: check_release(ports.models, settings)
    for name, check in checks.items():
        try:
            check()
        except (RedrawError, OSError) as error:
            yield name, str(error)
        else:
            yield name, None


def _check_folder(settings: Settings) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=settings.data_dir):
        free = shutil.disk_usage(settings.data_dir).free
    if free < FREE_BYTES:
        raise RedrawError(
            f"{free / 1024**3:.1f} GB are free; a retrain of the full-size data set needs 2 GB: "
            "free some space, or set REDRAW_DATA_DIR to another disk"
        )
