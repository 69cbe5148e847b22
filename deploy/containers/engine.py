"""podman and buildah with a storage of their own, so that other containers are left alone."""

import json
import os
import resource
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

PROGRAMS = ("podman", "buildah", "runc")
INIT = ("catatonit", "/usr/libexec/podman/catatonit")
"""What `init: true` of the compose file starts; podman looks for it in the second place."""
LEAST_FILES, LEAST_PROCESSES = 1024, 4096


class Failed(Exception):
    """A step did not end as it should; the message says which, and what was said."""


class Engine:
    """podman and buildah over one folder.

    Args:
        folder: for images, containers, volumes and networks.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        files = min(65_536, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        # runc, cgroupfs and a log file need no systemd. Limits above those of this process are
        # refused where root is root of a namespace alone.
        (folder / "containers.conf").write_text(
            f"""[containers]
default_ulimits = ["nofile={files}:{files}", "nproc={LEAST_PROCESSES}:{LEAST_PROCESSES}"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "{folder}/scratch"
volume_path = "{folder}/volumes"
[network]
network_config_dir = "{folder}/networks"
"""
        )
        (folder / "storage.conf").write_text(
            f"""[storage]
driver = "overlay"
graphroot = "{folder}/storage"
runroot = "{folder}/run"
"""
        )
        for name in ("networks", "volumes"):
            (folder / name).mkdir(exist_ok=True)
        self.environment = {
            **os.environ,
            "CONTAINERS_CONF": str(folder / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
        }

    def run(
        self,
        *words: str,
        check: bool = True,
        seconds: float = 900,
        cwd: Path | None = None,
        extra: Mapping[str, str] | None = None,
        stdin: bytes | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program with this storage, and return what it said.

        Raises:
            Failed: it did not end in time, or, with `check`, not well.
        """
        try:
            done = subprocess.run(
                words,
                env={**self.environment, **(extra or {})},
                cwd=cwd,
                input=stdin,
                capture_output=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Failed(f"{' '.join(words)}: not done in {seconds:g} s") from None
        output, errors = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        if check and done.returncode:
            said = (output + errors).strip()[-2000:]
            raise Failed(f"{' '.join(words)}: ended with code {done.returncode}\n{said}")
        return subprocess.CompletedProcess(words, done.returncode, output, errors)

    def podman(self, *words: str, check: bool = True, seconds: float = 900) -> str:
        """Run podman and return its output."""
        return self.run("podman", *words, check=check, seconds=seconds).stdout.strip()

    def has_image(self, name: str) -> bool:
        """Return whether there is an image of this name."""
        return self.run("podman", "image", "exists", name, check=False).returncode == 0

    def read_size(self, name: str) -> int:
        """Return the bytes of an image, with those of its base."""
        (described,) = json.loads(self.podman("image", "inspect", name))
        return int(described["Size"])

    def clear(self, *, images: bool) -> None:
        """Delete the containers, volumes and networks, and the images if `images`."""
        if not self.folder.exists():
            return
        self.run("podman", "rm", "--all", "--force", "--time", "0", check=False)
        self.run("podman", "volume", "rm", "--all", "--force", check=False)
        self.run("podman", "network", "prune", "--force", check=False)
        self.run("buildah", "rm", "--all", check=False)  # those of a build that was interrupted
        if not images:
            return
        self.run("podman", "rmi", "--all", "--force", check=False)
        for place in find_mounts(self.folder):
            self.run("umount", place, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


def find_obstacle() -> str | None:
    """Return why containers cannot be tried on this machine; None if they may."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if not any(shutil.which(each) for each in INIT):
        missing.append(INIT[0])
    if missing:
        return f"install {', '.join(missing)} first (packages of Debian by the same names)"
    return None if os.geteuid() == 0 else "start it as root"


def find_mounts(folder: Path, table: Path = Path("/proc/self/mounts")) -> list[str]:
    """Return what is mounted below a folder, the innermost first."""
    places = [line.split()[1] for line in table.read_text().splitlines()]
    return [each for each in reversed(places) if each.startswith(f"{folder}/")]


def find_certificates(places: Sequence[str] = ("/etc/ssl/certs/ca-certificates.crt",)) -> list[str]:
    """Return the files of this machine with the authorities that it trusts."""
    return [each for each in places if Path(each).is_file()]
