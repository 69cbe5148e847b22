"""Several hosts that share one Redis and one Firebase project, and nothing else.

A host runs a worker and a beat over a data folder of its own, empty at its start. With a network,
each host is a network namespace that is joined to the parts they share by one link.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from redis import Redis, RedisError

from pipeline.bootstrap import connect
from pipeline.settings import Settings
from pipeline.settings_reading import load_settings
from service.cli.processes import Stack
from service.cli.stack import BEAT, WORKER, find_free_ports, new_stack
from tests.end_to_end.losing import LINK

LOOPBACK = "127.0.0.1"
WAIT_SECONDS = 180


class Network:
    """Namespaces of the network with one link each to the shared address.

    Raises:
        OSError, subprocess.CalledProcessError: this machine does not let us make them.
    """

    def __init__(self) -> None:
        self._prefix = f"10.{100 + os.getpid() % 100}"
        self._name = f"rd{os.getpid() % 100_000}"
        self.address = f"{self._prefix}.0.1"
        self._spaces: list[str] = []
        run("ip", "address", "add", f"{self.address}/32", "dev", "lo")

    def add(self, number: int) -> tuple[str, ...]:
        """Make a namespace; return the words that start a command in it."""
        space, link = f"{self._name}-{number}", f"{self._name}h{number}"
        ours, theirs = f"{self._prefix}.{number}.1", f"{self._prefix}.{number}.2"
        run("ip", "netns", "add", space)
        self._spaces.append(space)
        run(*f"ip link add {link} type veth peer name {LINK} netns {space}".split())
        run(*f"ip address add {ours}/24 dev {link}".split())
        run(*f"ip link set {link} up".split())
        inside = ("ip", "netns", "exec", space)
        run(*inside, *f"ip address add {theirs}/24 dev {LINK}".split())
        run(*inside, *f"ip link set {LINK} up".split())
        run(*inside, "ip", "link", "set", "lo", "up")
        run(*inside, *f"ip route add default via {ours}".split())
        return inside

    def mend(self) -> None:
        """Join all hosts again."""
        for space in self._spaces:
            number = space.rpartition("-")[2]
            inside = ("ip", "netns", "exec", space)
            run(*inside, *f"ip link set {LINK} up".split())
            run(*inside, *f"ip route replace default via {self._prefix}.{number}.1".split())

    def remove(self) -> None:
        """Remove the namespaces, and their links with them."""
        for space in self._spaces:
            run("ip", "netns", "delete", space)
        run("ip", "address", "delete", f"{self.address}/32", "dev", "lo")


def run(*command: str) -> None:
    """Run a command to its end."""
    subprocess.run(command, check=True, capture_output=True)


@dataclass
class Hosts:
    """The hosts, and what they share."""

    stack: Stack
    settings: Settings
    """Of a process beside the hosts, with a data folder of its own."""
    ports: Any
    folder: Path
    network: Network | None
    names: list[str] = field(default_factory=list)

    def start(self, *options: str) -> str:
        """Start another host, and return its name: a worker with these options, and a beat."""
        number = len(self.names) + 1
        name = f"host-{number}"
        self.names.append(name)
        inside = self.network.add(number) if self.network else ()
        own = ("env", f"REDRAW_DATA_DIR={self.folder / name}", f"REDRAW_TEST_HOST={name}")
        self.stack.start(
            f"{name}-worker", *inside, *own, *WORKER, f"--hostname=worker@{name}", *options
        )
        self.stack.start(f"{name}-beat", *inside, *own, *BEAT)
        return name

    def kill(self) -> None:
        """Kill all hosts: a worker whose network was cut would end only after many seconds."""
        for name, process in self.stack.processes.items():
            if name.startswith("host-"):
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def wait_for(self, look: Callable[[], Any]) -> Any:
        """Call `look` until it returns something true, and return that."""
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            if answer := look():
                return answer
            time.sleep(0.1)
        logs = "\n".join(
            f"--- {log}\n{log.read_text()[-3000:]}" for log in sorted(self.stack.logs.glob("*.log"))
        )
        raise AssertionError(f"waited {WAIT_SECONDS} s in vain\n{logs}")


@contextmanager
def shared_by_hosts(
    firebase: Path, folder: Path, extra: dict[str, str], network: Network | None
) -> Iterator[Hosts]:
    """Start emulators over the folder `firebase`, and Redis, for hosts that the block starts."""
    address = network.address if network else LOOPBACK
    free = find_free_ports()
    settings = load_settings(data_dir=folder / "beside")
    shared = {
        "FIRESTORE_EMULATOR_HOST": f"{address}:{free.firestore}",
        "STORAGE_EMULATOR_HOST": f"http://{address}:{free.storage}",
        "REDRAW_REDIS_URL": f"redis://{address}:{free.redis}/0",
    }
    with (
        pytest.MonkeyPatch.context() as patch,
        new_stack(settings, free, {**shared, **extra}) as stack,
    ):
        for name, value in shared.items():
            patch.setenv(name, value)
        stack.start(
            "emulators",
            *(sys.executable, "-m", "service.cli", "emulators", "--host", address),
            *("--data-dir", str(firebase)),
            *("--firestore-port", str(free.firestore), "--storage-port", str(free.storage)),
        )
        stack.start(
            "redis",
            *("redis-server", "--bind", address, "--port", str(free.redis)),
            *("--save", "", "--protected-mode", "no"),
        )
        stack.wait_for("redis", partial(answers, shared["REDRAW_REDIS_URL"]))
        hosts = Hosts(stack, settings, connect(settings), folder, network)
        try:
            yield hosts
        finally:
            hosts.kill()


def answers(url: str) -> bool:
    """Return whether Redis answers."""
    try:
        with Redis.from_url(url) as client:
            return bool(client.ping())
    except RedisError:
        return False
