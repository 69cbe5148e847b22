"""List what an image holds, in CycloneDX's form (an SBOM): packages of Python and of Debian.

    python deploy/sbom.py IMAGE --out dist/redraw.cdx.json [--engine podman]

It reads the packages from the image itself, so the list is of what is delivered, not of what was
meant. cyclonedx-py, one of the tools for development, describes those of Python.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

PACKAGES = ("/venv/lib", "/training")
"""Where the Dockerfile puts packages of Python; only the image `redraw-baseline` has the second."""
DPKG = "/var/lib/dpkg/status"
VERSION = SchemaVersion.V1_6


@contextmanager
def open_image(engine: str, image: str) -> Iterator[str]:
    """Yield the id of a container that is never started, and remove it at the end."""
    made = subprocess.run([engine, "create", image], check=True, capture_output=True, text=True)
    container = made.stdout.strip()
    try:
        yield container
    finally:
        subprocess.run([engine, "rm", container], check=True, capture_output=True)


def copy_from(engine: str, container: str, path: str, target: Path) -> bool:
    """Copy a file or folder out of a container; return whether it has one."""
    command = [engine, "cp", f"{container}:{path}", str(target)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def describe_python(folders: list[Path]) -> dict[str, Any]:
    """Return cyclonedx-py's list of the packages in these folders."""
    with tempfile.TemporaryDirectory() as temporary:
        environment = Path(temporary) / "venv"
        venv.create(environment)
        (site,) = environment.glob("lib/python*/site-packages")
        for number, folder in enumerate(folders):
            (site / f"image-{number}.pth").write_text(f"{folder}\n")
        command = ["cyclonedx_py", "environment", "--of", "JSON", "--sv", VERSION.to_version()]
        listed = subprocess.run(
            [sys.executable, "-m", *command, str(environment / "bin/python")],
            check=True,
            capture_output=True,
        )
    described: dict[str, Any] = json.loads(listed.stdout)
    return described


def read_debian(status: str) -> Iterator[dict[str, Any]]:
    """Yield a component for each installed package that dpkg's status file names."""
    for block in status.split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith(" ") and ": " in line]
        fields = dict(line.split(": ", 1) for line in lines)
        if not fields.get("Status", "").endswith(" installed"):
            continue
        name, version = fields["Package"], fields["Version"]
        purl = f"pkg:deb/debian/{name}@{version}?arch={fields['Architecture']}"
        yield {"type": "library", "name": name, "version": version, "purl": purl, "bom-ref": purl}


def list_contents(engine: str, image: str) -> dict[str, Any]:
    """Return what an image holds, as a valid CycloneDX document.

    Raises:
        ValueError: the document would not be valid.
    """
    with tempfile.TemporaryDirectory() as temporary, open_image(engine, image) as container:
        folders = []
        for number, path in enumerate(PACKAGES):
            copy = Path(temporary) / str(number)
            if copy_from(engine, container, path, copy):
                folders.append(next(copy.rglob("site-packages"), copy))
        document = describe_python(folders)
        status = Path(temporary) / "status"
        if copy_from(engine, container, DPKG, status):
            document["components"] += read_debian(status.read_text())
    document["metadata"]["component"] = {"type": "container", "name": image, "bom-ref": image}
    problem = JsonStrictValidator(VERSION).validate_str(json.dumps(document))
    if problem is not None:
        raise ValueError(f"the list of {image} is not valid: {problem}")
    return document


def main() -> None:
    """Write the list of one image."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("image")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--engine", default="docker" if shutil.which("docker") else "podman")
    arguments = parser.parse_args()
    document = list_contents(arguments.engine, arguments.image)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(document, indent=2) + "\n")
    print(f"{arguments.out}: {len(document['components'])} packages")


if __name__ == "__main__":
    main()
