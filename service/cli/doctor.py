"""`redraw doctor`: check everything that Redraw needs."""

import shutil
import tempfile
from collections.abc import Callable, Iterator

from pipeline.bootstrap import connect
from pipeline.dataset.hdf5 import describe
from pipeline.errors import RedrawError
from pipeline.files import create_folder
from pipeline.settings import Settings
from service.cli.document_checks import check_documents, check_release
from service.cli.running import load_settings_beside_running
from service.cli.slot_check import check_slot
from workers.redis_ping import ping

FREE_BYTES = 2 * 1024**3  # for a copy of the full-size data set


def run_checks() -> Iterator[tuple[str, str | None]]:
    """Yield the name of each check, and what is wrong; None if it passed."""
    settings = load_settings_beside_running()
    ports = connect(settings)
    firestore = f"Firestore of project {settings.project_id}"
    checks: dict[str, Callable[[], object]] = {
        f"folder {settings.data_dir}": lambda: _check_folder(settings),
        f"Redis {settings.redis_url}": lambda: ping(settings.redis_url),
        firestore: ports.models.has_ready,
        f"Storage bucket {settings.bucket}": lambda: ports.artefacts.list("models/"),
    }
    in_firestore = {
        "release": lambda: check_release(ports.models),
        "documents": lambda: check_documents(ports),
    }
    checks |= in_firestore
    if settings.dataset_file.exists():
        checks[f"data set {settings.dataset_file}"] = lambda: describe(settings.dataset_file)
    failed: set[str] = set()
    for name, check in checks.items():
        if firestore in failed and name in in_firestore:
            continue  # it would only wait again, and say the same
        try:
            check()
        except (RedrawError, OSError) as error:
            failed.add(name)
            yield name, str(error)
        else:
            yield name, None
    yield check_slot(ports.runs)


def _check_folder(settings: Settings) -> None:
    create_folder(settings.data_dir)
    with tempfile.TemporaryFile(dir=settings.data_dir):
        free = shutil.disk_usage(settings.data_dir).free
    if free < FREE_BYTES:
        raise RedrawError(
            f"{free / 1024**3:.1f} GB are free; a retrain of the full-size data set needs 2 GB: "
            "free some space, or set REDRAW_DATA_DIR to another disk"
        )
