"""Google's own Firestore emulator, a Java program: finds it where it is installed, and says how it is started."""

import re
import shutil
import subprocess
from pathlib import Path

from pipeline.errors import RedrawError

_MAIN = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
_OLDEST_JAVA = 11
_RULES = Path(__file__).with_name("firestore.rules")


def official_command(port: int, host: str = "127.0.0.1") -> list[str]:
    """The command that serves Firestore there, evaluating `firestore.rules`, documents in memory alone.

    Raises RedrawError where the emulator, or a Java that runs it, is not installed.
    """
    java, jar = shutil.which("java"), _jar()
    if java is None or jar is None or _java_version(java) < _OLDEST_JAVA:
        raise RedrawError(
            "Google's Firestore emulator is not installed: `gcloud components install cloud-firestore-emulator`, and Java "
            f"{_OLDEST_JAVA} or newer; or go without --official"
        )
    return [
        java,
        "-cp",
        str(jar),
        _MAIN,
        "start",
        f"--host={host}",
        f"--port={port}",
        f"--rules={_RULES}",
    ]


def is_official_installed() -> bool:
    """Whether `official_command` has one."""
    try:
        official_command(0)
    except RedrawError:
        return False
    return True


def _jar() -> Path | None:
    """From gcloud's component folder, or else the newest in the cache of the firebase CLI."""
    gcloud = shutil.which("gcloud")
    folders = (
        [Path(gcloud).resolve().parents[1] / "platform/cloud-firestore-emulator"] if gcloud else []
    )
    folders.append(Path.home() / ".cache/firebase/emulators")
    jars = [
        jar
        for folder in folders
        for jar in sorted(folder.glob("cloud-firestore-emulator*.jar"), reverse=True)
    ]
    return jars[0] if jars else None


def _java_version(java: str) -> int:
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    match = re.search(r'version "(?:1\.)?(\d+)', told)
    return int(match[1]) if match else 0
