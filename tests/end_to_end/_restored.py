"""A project in emulators of its own, on which `redraw` is called in processes of their own."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore, storage

from emulator.servers import Emulators, run_emulators
from pipeline.settings import Settings
from pipeline.settings_reading import load_settings


@dataclass
class Site:
    """A data folder with its emulators: the original, or an empty machine for a restore."""

    folder: Path
    emulators: Emulators
    settings: Settings
    more: dict[str, str] = field(default_factory=dict)

    def redraw(self, *arguments: str, kill_after: str = "", at: int = 1) -> tuple[int, str]:
        """Call `redraw`; return its exit code and what it said.

        Args:
            arguments: of the command.
            kill_after: the function after which it is killed by kill -9, see `killing`.
            at: after which call of the function.
        """
        module = "tests.end_to_end.killing" if kill_after else "service.cli.main"
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env={
                **os.environ,
                **self.emulators.environment(),
                "COLUMNS": "200",
                "REDRAW_DATA_DIR": str(self.folder),
                "PYTHONPATH": str(Path.cwd()),
                "REDRAW_KILL_AFTER": kill_after,
                "REDRAW_KILL_AT": str(at),
                "REDRAW_GATE_GOLDEN_WRONG": "50",
                "OPENBLAS_NUM_THREADS": "2",
                **self.more,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # `killing` kills the whole group
        )
        said, _ = process.communicate(timeout=300)
        return process.returncode, said

    def succeed(self, *arguments: str) -> str:
        """Call `redraw`, which must succeed, and return what it said."""
        code, said = self.redraw(*arguments)
        assert code == 0, said
        return said

    def killed(self, *arguments: str, after: str, at: int = 1) -> None:
        """Call `redraw`, which must be killed."""
        code, said = self.redraw(*arguments, kill_after=after, at=at)
        assert code == -signal.SIGKILL, said

    def content(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return all documents, and all objects with their bytes, read by Google's clients."""
        documents = {
            document.reference.path: document.to_dict()
            for collection in self.firestore().collections()
            for document in collection.stream()
        }
        objects = {
            blob.name: (blob.download_as_bytes(), blob.content_type, blob.metadata)
            for blob in self.bucket().list_blobs()
        }
        return documents, objects

    def firestore(self) -> Any:
        """Return a client of the game's owner."""
        return firestore.Client(
            project=self.settings.project_id, credentials=AnonymousCredentials()
        )

    def bucket(self) -> Any:
        """Return the bucket."""
        client = storage.Client(
            project=self.settings.project_id,
            credentials=AnonymousCredentials(),
            client_options=ClientOptions(api_endpoint=self.emulators.storage_host),
        )
        return client.bucket(self.settings.bucket)


@contextmanager
def open_site(folder: Path, original: Path | None = None) -> Iterator[Site]:
    """Run emulators over a data folder, empty or a copy of another one, for one block."""
    if original is not None:
        shutil.copytree(original, folder)
    with run_emulators(folder / "firebase") as emulators:
        yield Site(folder, emulators, load_settings(data_dir=folder))
