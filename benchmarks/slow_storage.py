"""The emulators, with a Storage as far away as a real one: `python -m benchmarks.slow_storage DIR PORT PORT SECONDS`."""

import asyncio
import sys
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from emulator import servers
from emulator.storage import Storage


def main() -> None:
    """Serves until SIGTERM; each request to Storage is answered SECONDS later."""
    folder, firestore_port, storage_port, seconds = sys.argv[1:]

    class Distant(Storage):
        def app(self) -> ASGIApp:
            near = super().app()

            async def answer(scope: Scope, receive: Receive, send: Send) -> None:
                await asyncio.sleep(float(seconds))
                await near(scope, receive, send)

            return answer

    if float(seconds):
        servers.Storage = Distant  # type: ignore[misc]
    servers.serve(Path(folder), int(firestore_port), int(storage_port), lambda _: None)


if __name__ == "__main__":
    main()
