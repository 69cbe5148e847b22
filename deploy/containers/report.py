"""What the trial measured: seconds of each step, bytes of images, and memory of containers."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.containers.composed import Composed
from deploy.containers.engine import Failed

SAMPLE_SECONDS = 2.0
MEGABYTE = 1_000_000


class Report:
    """The steps so far, printed while they go on."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}
        self.notes: dict[str, str] = {}
        self.images: dict[str, int] = {}
        self.memory: dict[str, int] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step, and say when it begins and ends."""
        print(f"{name} ...", flush=True)
        started = time.monotonic()
        yield
        self.steps[name] = seconds = round(time.monotonic() - started, 1)
        note = self.notes.get(name)
        print(f"    {seconds:.1f} s{'' if note is None else f': {note}'}", flush=True)

    def note(self, step: str, text: str) -> None:
        """Record what came of a step."""
        self.notes[step] = text

    @contextmanager
    def sampling(self, composed: Composed) -> Iterator[None]:
        """Look at the memory of the containers while the block goes on, and keep the most."""
        ended = threading.Event()

        def sample() -> None:
            while not ended.wait(SAMPLE_SECONDS):
                try:
                    used = composed.read_memory()
                except (Failed, ValueError, KeyError):
                    continue  # a container has just ended
                for part, number in used.items():
                    self.memory[part] = max(number, self.memory.get(part, 0))

        sampler = threading.Thread(target=sample, daemon=True)
        sampler.start()
        try:
            yield
        finally:
            ended.set()
            sampler.join()

    def print(self) -> None:
        """Print the tables."""
        width = max(map(len, self.steps), default=0)
        print(f"\n{'step':{width}}  seconds")
        for name, seconds in self.steps.items():
            print(f"{name:{width}}  {seconds:7.1f}  {self.notes.get(name, '')}".rstrip())
        print(f"{'all':{width}}  {sum(self.steps.values()):7.1f}")
        for title, table in (("image", self.images), ("most memory seen", self.memory)):
            print(f"\n{title:{width}}  megabytes")
            for name, number in table.items():
                print(f"{name:{width}}  {number / MEGABYTE:9.0f}")

    def write(self, file: Path) -> None:
        """Write everything as JSON."""
        parts = ("steps", "notes", "images", "memory")
        file.write_text(json.dumps({name: getattr(self, name) for name in parts}, indent=2) + "\n")
