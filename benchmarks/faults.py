"""How soon every route answers while a server behind it fails, and when all is well again.

python -m benchmarks.faults [--rounds 3] [--at-once 8] [--delay 0.3]

It starts the service as a process of its own. Each server behind it stands behind a proxy that is
down, hangs, is slow, flaps, or cuts answers off. Meanwhile every route is asked with an owner's
key, and `/healthz` all the time.
"""

import argparse
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx

from pipeline.bootstrap import in_memory
from pipeline.settings import Settings
from service.app import create_app
from service.cli.drill.proxy import Fault
from tests.api._faulty import (
    BACKENDS,
    FAULTS,
    PATIENCE_SECONDS,
    Answer,
    Credentials,
    Project,
    ask,
    ask_all,
    credentials,
    running_project,
)
from tests.api._routes import Example, list_examples

PROBE = """
import http.client, select, sys, time
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
print("ready", flush=True)
while not select.select([sys.stdin], [], [], 0.02)[0]:
    started = time.monotonic()
    connection.request("GET", "/healthz")
    connection.getresponse().read()
    print(time.monotonic() - started)
"""


def main() -> None:
    """Measure all routes with each fault of each server, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often each route is asked")
    parser.add_argument("--at-once", type=int, default=8, help="requests at the same time")
    parser.add_argument("--delay", type=float, default=0.3, help="of each piece, in a slow server")
    arguments = parser.parse_args()
    settings = Settings(_env_file=None, environment="development")
    examples = list_examples(create_app(settings, in_memory(), print), settings)
    with (
        running_project(settings) as project,
        running_service(project) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS) as client,
    ):
        for proxy in project.proxies.values():
            proxy.delay = arguments.delay
        print(f"{len(examples)} routes, {arguments.rounds} times each, {arguments.at_once} at once")
        repeated = examples * arguments.rounds
        measure("no fault", project, client, repeated, Fault.NONE, (), arguments.at_once)
        for backends in [*((backend,) for backend in BACKENDS), BACKENDS]:
            name = backends[0] if len(backends) == 1 else "all four"
            for fault in FAULTS:
                measure(
                    f"{name} {fault}",
                    project,
                    client,
                    repeated,
                    fault,
                    backends,
                    arguments.at_once,
                )


def measure(  # noqa: PLR0917 - what one line of the table is about
    name: str,
    project: Project,
    client: httpx.Client,
    examples: list[Example],
    fault: Fault,
    backends: Sequence[str],
    at_once: int,
) -> None:
    """Print how long the routes and /healthz took with a fault, and how long all took after it."""
    project.reset()
    sent = credentials(project, with_tokens="google" in backends)
    recover(client, examples, sent)
    project.set(fault, *backends)
    with probing(client.base_url.port or 0) as probes:
        answers = ask_all(client, examples, sent, at_once)
    project.set(Fault.NONE, *backends)
    seconds = recover(client, examples, sent)
    health = f"healthz median {statistics.median(probes):.3f} s, worst {max(probes):.3f} s"
    print(f"{name:18} {describe(answers)}; {health}; well after {seconds:.1f} s")
    sys.stdout.flush()


def describe(answers: list[tuple[Example, Answer]]) -> str:
    """Return the number of answers by status, the median, and the worst with its route."""
    worst = max(answers, key=lambda each: each[1].seconds)
    statuses = Counter(answer.status for _, answer in answers)
    said = ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
    median = statistics.median(answer.seconds for _, answer in answers)
    return f"median {median:.3f} s, worst {worst[1].seconds:.3f} s ({worst[0].name}); {said}"


@contextlib.contextmanager
def probing(port: int) -> Iterator[list[float]]:
    """Ask /healthz all the time until the block ends; the list gets the times, in seconds.

    It is asked by a process of its own: this one is busy with the servers and the other clients.
    """
    took = list[float]()
    with subprocess.Popen(
        [sys.executable, "-c", PROBE, str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as probe:
        assert probe.stdout is not None
        probe.stdout.readline()  # it has begun
        yield took
        output, _ = probe.communicate()
        took += map(float, output.split())


def recover(client: httpx.Client, examples: list[Example], sent: Credentials) -> float:
    """Wait until no reading route fails any more; return the seconds."""
    started = time.monotonic()
    reading = [each for each in dict.fromkeys(e.name for e in examples) if each.startswith("GET")]
    left = {each.name: each for each in examples if each.name in reading}
    while left:
        answers = [(each, ask(client, each, sent)) for each in left.values()]
        left = {each.name: each for each, answer in answers if answer.status in {0, 500, 503}}
        if time.monotonic() - started > PATIENCE_SECONDS:
            raise SystemExit(f"these fail for a minute after the fault: {', '.join(left)}")
    return time.monotonic() - started


@contextlib.contextmanager
def running_service(project: Project) -> Iterator[int]:
    """Run `redraw serve` until the block ends, and yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as place:
        environment = {
            **os.environ,
            **project.environment,
            "REDRAW_DATA_DIR": place,
            "REDRAW_RELEASE_CACHE_SECONDS": "0",
        }
        with (Path(place) / "log").open("wb") as log:
            service = subprocess.Popen(
                [sys.executable, "-m", "service.cli", "serve", "--port", str(port)],
                env=environment,
                stdout=log,
                stderr=log,
            )
        try:
            while socket.socket().connect_ex(("127.0.0.1", port)):
                time.sleep(0.1)
            yield port
        finally:
            service.kill()
            service.wait()


if __name__ == "__main__":
    main()
