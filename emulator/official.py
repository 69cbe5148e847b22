"""Find Google's own Firestore emulator, a Java program, and the command that starts it."""

import re
import shutil
import subprocess
from pathlib import Path

from emulator.rules import RULES
from pipeline.errors import RedrawError

_MAIN = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
_OLDEST_JAVA = 11


def find_official_command(port: int, host: str = "127.0.0.1", rules: Path = RULES) -> list[str]:
    """Return the command that serves Firestore at this address.

    The emulator evaluates the rules in the file `rules` and keeps the documents in memory only.

    Raises:
        RedrawError: when the emulator, or a Java that can run it, is not installed.
    """
    java, jar = shutil.which("java"), _find_jar()
    if java is None or jar is None or _read_java_version(java) < _OLDEST_JAVA:
        raise RedrawError(
            "Google's Firestore emulator is not installed: run `gcloud components install "
            f"cloud-firestore-emulator` and install Java {_OLDEST_JAVA} or newer, "
            "or leave out --official"
        )
    return [
        java,
        "-cp",
        str(jar),
        _MAIN,
        "start",
        f"--host={host}",
        f"--port={port}",
        f"--rules={rules}",
    ]


def is_official_installed() -> bool:
    """Return whether Google's emulator, and a Java that can run it, are installed."""
    try:
        find_official_command(0)
    except RedrawError:
        return False
    return True


def _find_jar() -> Path | None:
    """Find the newest jar in gcloud's components, or else in the cache of the firebase CLI."""
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


def _read_java_version(java: str) -> int:
    """Return the major version of a Java program, or 0 if it does not say one."""
    output = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    match = re.search(r'version "(?:1\.)?(\d+)', output)  # "1.8" is Java 8
    return int(match[1]) if match else 0
