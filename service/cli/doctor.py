"""`redraw doctor`: asks everything that Redraw needs whether it is well."""

import shutil
import tempfile
from collections.abc import Callable, Iterator

from pipeline.bootstrap import connect
from pipeline.dataset.hdf5 import describe
from pipeline.errors import RedrawError
from pipeline.settings import Settings, load_settings
from workers.redis_ping import ping

FREE_BYTES = 2 * 1024**3  # a copy of the full-size data set, and room


def examine() -> Iterator[tuple[str, str | None]]:
    """Each thing that was looked at, and what is wrong with it (None: nothing)."""
    settings = load_settings()
    ports = connect(settings)
    checks: dict[str, Callable[[], object]] = {
        f"folder {settings.data_dir}": lambda: _writable(settings),
        f"Redis {settings.redis_url}": lambda: ping(settings.redis_url),
        f"Firestore of project {settings.project_id}": ports.models.release,
        f"Storage bucket {settings.bucket}": lambda: ports.artefacts.list("models/"),
    }
    if settings.dataset_file.exists():
        checks[f"data set {settings.dataset_file}"] = lambda: describe(settings.dataset_file)
    for what, check in checks.items():
        try:
            check()
        except (RedrawError, OSError) as fault:
            yield what, str(fault)
        else:
            yield what, None


def _writable(settings: Settings) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=settings.data_dir):
        free = shutil.disk_usage(settings.data_dir).free
    if free < FREE_BYTES:
        raise RedrawError(
            f"{free / 1024**3:.1f} GB are free; a retrain of the full-size data set needs 2 GB"
        )
