"""Ports that count their calls and let a test strike at any of them, and the end of a run."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pipeline.dataset import hdf5
from workers.execution import execute


class Watched:
    """All ports of a world; the n-th call is made by `strike(n, work)`, which may make it fail."""

    def __init__(self, ports: Any, strike: Callable[[int, Callable[[], Any]], Any]) -> None:
        self.calls: list[str] = []
        self._lock, self._strike = threading.Lock(), strike
        self.ports = replace(
            ports,
            **{
                name: _Port(self, port)
                for name, port in vars(ports).items()
                if not isinstance(port, tuple)  # keys are no port
            },
        )

    def call(self, name: str, work: Callable[[], Any]) -> Any:
        with self._lock:  # canvases are read by several threads
            self.calls.append(name)
            number = len(self.calls)
        return self._strike(number, work)


class _Port:
    def __init__(self, watched: Watched, port: Any) -> None:
        self._watched, self._port = watched, port

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if name in {"claim", "renew", "prove"}:
            return method

        def call(*args: Any, **options: Any) -> Any:
            words = " ".join([name, *(arg for arg in args if isinstance(arg, str))])
            return self._watched.call(words, lambda: method(*args, **options))

        return call


def ended(world: Any) -> tuple[Any, ...]:
    """What must be the same, whatever happened on the way."""
    run = world.ports.runs.get("run-1")
    documents = world.ports.corrections.documents
    return (
        run.state,
        run.version,
        run.counts,
        hdf5.describe(world.settings.dataset_file).digest,
        world.ports.artefacts.objects["runs/run-1/challenger.h5"],
        {
            name: (fields["status"], fields["retraining"]["reason"])
            for name, fields in documents.items()
        },
        sorted(world.ports.artefacts.objects),
    )


def points_of(world: Any) -> dict[int, str]:
    """The calls of an undisturbed run by their number.

    Of the many calls that read a canvas, only the second and the last.
    """
    watched = Watched(world.ports, lambda _, work: work())
    execute("run-1", watched.ports, world.settings)
    points = dict(enumerate(watched.calls, start=1))
    canvases = [number for number, name in points.items() if "drawings/corrections/" in name]
    return {
        number: name
        for number, name in points.items()
        if number not in {canvases[0], *canvases[2:-1]}
    }
