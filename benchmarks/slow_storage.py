"""Run the emulators with a Storage that answers late, as one behind a network does.

python -m benchmarks.slow_storage DIR FIRESTORE_PORT STORAGE_PORT SECONDS
"""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from emulator import servers
from emulator.storage import Storage


def main() -> None:
    """Serve until SIGTERM; delay each answer of Storage by SECONDS."""
    folder, firestore_port, storage_port, seconds = sys.argv[1:]

    class DelayedStorage(Storage):
        def app(self, more: Sequence[Route] = ()) -> ASGIApp:
            app = super().app(more)

            async def answer(scope: Scope, receive: Receive, send: Send) -> None:
                await asyncio.sleep(float(seconds))
                await app(scope, receive, send)

            return answer

    if float(seconds):
        servers.Storage = DelayedStorage  # type: ignore[attr-defined]
    servers.serve(Path(folder), int(firestore_port), int(storage_port), lambda _: None)


if __name__ == "__main__":
    main()
