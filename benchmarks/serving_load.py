"""Load on web processes: as fast as answers come (wrk), or so many requests a second.

Used by `benchmarks.serving`.
"""

import asyncio
import json
import subprocess
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

KEY = "a-key-for-the-benchmark"
"""Requests with the owner's key are not limited in number."""
PATIENCE_SECONDS = 30.0
"""How long an answer is waited for after the last request was sent."""
MOST_CONNECTIONS = 256

# Sends one body after the other, and prints what wrk has counted as a line of JSON.
_SCRIPT = """
local headers = {["Content-Type"] = "image/png", ["X-API-Key"] = "%(key)s"}
local bodies, sent = {}, 0
for number = 1, %(count)d do
  local file = io.open("%(folder)s/" .. number .. ".png", "rb")
  bodies[number] = file:read("*a")
  file:close()
end
request = function()
  sent = sent %% #bodies + 1
  return wrk.format("POST", "%(path)s", headers, bodies[sent])
end
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    'JSON {"answers": %%d, "seconds": %%f, "median": %%f, "late": %%f, "lost": %%d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""


class Load(NamedTuple):
    """What came of some load: answers a second, latency in ms (median, 99 %), and what was lost."""

    rate: float
    median: float
    late: float
    lost: int

    def __str__(self) -> str:
        return (
            f"{self.rate:6.1f} a second, median {self.median:7.1f} ms, 99 % {self.late:7.1f} ms, "
            f"{self.lost} lost"
        )


def write_script(folder: Path, bodies: Sequence[bytes], path: str) -> Path:
    """Write the bodies and wrk's script into a folder; return the script."""
    for number, body in enumerate(bodies, 1):
        (folder / f"{number}.png").write_bytes(body)
    script = folder / f"{path.replace('/', '-')}.lua"
    script.write_text(_SCRIPT % {"count": len(bodies), "folder": folder, "path": path, "key": KEY})
    return script


def press(ports: Sequence[int], script: Path, connections: int, seconds: float) -> Load:
    """Send as fast as answers come, over so many connections, spread over all ports; by wrk."""
    each = max(1, connections // len(ports))
    running = [
        subprocess.Popen(
            ["wrk", "-t1", f"-c{each}", f"-d{seconds:g}s", "--timeout", "30s", "-s", str(script),
             f"http://127.0.0.1:{port}"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for port in ports
    ]  # fmt: skip
    said = [process.communicate()[0] for process in running]
    counted = [json.loads(text.partition("JSON ")[2].splitlines()[0]) for text in said]
    return Load(
        sum(each["answers"] / each["seconds"] for each in counted),
        float(np.mean([each["median"] for each in counted])),
        max(each["late"] for each in counted),
        sum(each["lost"] for each in counted),
    )


def send_evenly(
    ports: Sequence[int], path: str, bodies: Sequence[bytes], rate: float, seconds: float
) -> Load:
    """Send so many requests a second, whether answers come or not.

    The time of a request counts from the moment when it was due, so a service that falls behind
    cannot hide it by delaying the next one.
    """
    return asyncio.run(_send_evenly(ports, path, bodies, rate, int(rate * seconds)))


async def _send_evenly(
    ports: Sequence[int], path: str, bodies: Sequence[bytes], rate: float, count: int
) -> Load:
    loop = asyncio.get_running_loop()
    clients = [_Client(port) for port in ports]
    started = loop.time() + 0.1
    taken: list[float] = []

    async def send(number: int) -> None:
        due = started + number / rate
        await asyncio.sleep(due - loop.time())
        body = bodies[number % len(bodies)]
        if await clients[number % len(clients)].post(path, body):
            taken.append(1e3 * (loop.time() - due))

    tasks = [asyncio.create_task(send(number)) for number in range(count)]
    _, late = await asyncio.wait(tasks, timeout=count / rate + PATIENCE_SECONDS)
    for task in late:
        task.cancel()
    ended = loop.time()
    for client in clients:
        client.close()
    median, slow = np.percentile(taken or [float("inf")], [50, 99])
    return Load(len(taken) / (ended - started), float(median), float(slow), count - len(taken))


class _Client:
    """Connections to one port that stay open, by hand: httpx would take as long as the service."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: deque[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = deque()
        self._places = asyncio.Semaphore(MOST_CONNECTIONS)

    async def post(self, path: str, body: bytes) -> bool:
        """Return whether the answer is 200."""
        async with self._places:
            try:
                reader, writer = (
                    self._free.pop()
                    if self._free
                    else await asyncio.open_connection("127.0.0.1", self._port)
                )
                head = (
                    f"POST {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\n"
                    f"Content-Type: image/png\r\nContent-Length: {len(body)}\r\n\r\n"
                )
                writer.write(head.encode() + body)
                status = await reader.readline()
                length = 0
                while (line := await reader.readline()) != b"\r\n":
                    name, _, value = line.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                await reader.readexactly(length)
            except (OSError, EOFError, ValueError):
                return False
            self._free.append((reader, writer))
            return b" 200 " in status

    def close(self) -> None:
        for _, writer in self._free:
            writer.close()
