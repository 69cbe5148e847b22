"""The containers of the compose file: started, asked, killed, and looked at."""

import json
import os
import secrets
import shutil
import signal
import socket
import time
import venv
from collections.abc import Callable
from functools import partial
from pathlib import Path

from deploy.containers.engine import Engine, Failed

COMPOSE = "podman-compose==1.6.0"
"""That of Debian 12 cannot read `env_file` with `required: false`."""
FILES = ("docker-compose.yml", "docker-compose.emulators.yml")
PROJECT = "redraw-trial"
BEHIND, OURS = ("redis", "emulators"), ("service", "worker", "beat")
PARTS = (*BEHIND, *OURS)
LEASE_SECONDS = 10
HEALTHY_SECONDS = 240.0
POLL_SECONDS = 0.5


class Composed:
    """The containers, from a copy of the compose files, so that no `.env` of this checkout counts.

    Args:
        engine: podman.
        root: this project.
        raw: the folder with drawings, which the container of the baseline reads.
    """

    def __init__(self, engine: Engine, root: Path, raw: Path) -> None:
        self._engine, self._folder = engine, engine.folder / "compose"
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir()
        for name in FILES:
            shutil.copy(root / name, self._folder)
        self.port, self.key = _find_free_port(), secrets.token_hex(16)
        (self._folder / ".env").write_text(
            f"REDRAW_PROJECT_ID=demo-trial\nREDRAW_BUCKET=demo-trial.appspot.com\n"
            f"REDRAW_PLAYER_KEY={secrets.token_hex(16)}\nREDRAW_API_KEY={self.key}\n"
            f"REDRAW_LEASE_SECONDS={LEASE_SECONDS}\nREDRAW_PORT={self.port}\n"
        )
        self._extra = {"REDRAW_PORT": str(self.port), "REDRAW_RAW_DIR": str(raw)}
        self._program = engine.folder / "tools" / "bin" / "podman-compose"

    def install(self) -> None:
        """Install podman-compose into a folder of its own."""
        if not self._program.exists():
            venv.create(self._program.parents[1], with_pip=True)
            python = self._program.with_name("python")
            self._engine.run(str(python), "-m", "pip", "install", "--quiet", COMPOSE)

    def up(self, *names: str) -> None:
        """Start containers. podman makes no health checks, so none is waited for here."""
        self._compose("up", "--detach", "--no-deps", "--no-build", *names)

    def run_once(self, name: str, *words: str, **variables: object) -> str:
        """Run the container of a job to its end, and return what it said.

        Args:
            name: of the container.
            words: another command than the compose file has.
            variables: of its environment.
        """
        settings = [f"--env={key}={value}" for key, value in variables.items()]
        return self._compose("run", "--rm", "-T", "--no-deps", *settings, name, *words)

    def stop(self, *names: str) -> None:
        """Stop containers as `docker compose stop` does."""
        self._compose("stop", *names)

    def execute(self, name: str, *words: str) -> str:
        """Run a command in a container, and return its output."""
        return self._engine.podman("exec", self.name(name), *words)

    def name(self, part: str) -> str:
        """Return the name of a part's container."""
        return f"{PROJECT}_{part}_1"

    def kill(self, part: str) -> None:
        """Kill the first process of a container, as the system does when memory is short.

        `podman kill` would count as a wish of its owner, after which nothing is started again.
        """
        pid = int(self._engine.podman("inspect", "--format", "{{.State.Pid}}", self.name(part)))
        before = self._count_starts(part)
        os.kill(pid, signal.SIGKILL)
        self.wait(f"{part} is started again", lambda: self._count_starts(part) > before)

    def _count_starts(self, part: str) -> int:
        words = ("inspect", "--format", "{{.RestartCount}}", self.name(part))
        return int(self._engine.podman(*words))

    def wait_healthy(self, *parts: str) -> None:
        """Make the health checks of containers until each is well."""
        for part in parts:
            self.wait(f"{part} is healthy", partial(self._is_healthy, part))

    def _is_healthy(self, part: str) -> bool:
        words = ("podman", "healthcheck", "run", self.name(part))
        return self._engine.run(*words, check=False).returncode == 0

    def wait(self, what: str, look: Callable[[], object]) -> None:
        """Call `look` until it returns something true.

        Raises:
            Failed: it did not for minutes.
        """
        deadline = time.monotonic() + HEALTHY_SECONDS
        while not look():
            if time.monotonic() > deadline:
                raise Failed(f"waited {HEALTHY_SECONDS:.0f} s in vain until {what}")
            time.sleep(POLL_SECONDS)

    def read_memory(self) -> dict[str, int]:
        """Return the bytes that each container uses now, by part."""
        listed = json.loads(self._engine.podman("stats", "--no-stream", "--format", "json") or "[]")
        # The container of a job is called redraw-trial_baseline_tmp123.
        return {
            each["name"].removeprefix(f"{PROJECT}_").partition("_")[0]: read_bytes(
                each["mem_usage"].partition("/")[0].strip()
            )
            for each in listed
        }

    def logs(self) -> str:
        """Return the ends of all logs."""
        parts = []
        for part in PARTS:
            words = ("podman", "logs", "--tail", "15", self.name(part))
            said = self._engine.run(*words, check=False)
            parts.append(f"--- {part}\n{said.stdout}{said.stderr}")
        return "\n".join(parts)

    def _compose(self, *words: str) -> str:
        files = [f"--file={name}" for name in FILES]
        profiles = ["--profile=emulators", "--profile=baseline"]
        done = self._engine.run(
            *(str(self._program), "--project-name", PROJECT, *files, *profiles, *words),
            cwd=self._folder,
            extra=self._extra,
        )
        return done.stdout


def _find_free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def read_bytes(text: str) -> int:
    """Return what podman writes as 321.9MB as a number."""
    units = {"kB": 1e3, "MB": 1e6, "GB": 1e9, "B": 1}
    for unit, factor in units.items():
        if text.endswith(unit):
            return int(float(text.removesuffix(unit)) * factor)
    raise Failed(f"podman names an amount of memory that is not understood: {text}")
