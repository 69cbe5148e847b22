"""Pages in a real Chromium, served over HTTP, as modules need it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Page

from tests._chromium import WAIT_MILLISECONDS, chromium


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves a folder, and writes nothing about it."""

    def log_message(self, *_: object) -> None: ...


@contextmanager
def open_page(folder: Path) -> Iterator[Page]:
    """Serve a folder, and open its index.html."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with chromium() as browser:
            page = browser.new_page()
            page.set_default_timeout(WAIT_MILLISECONDS)
            page.goto(f"http://127.0.0.1:{server.server_port}/index.html")
            yield page
    finally:
        server.shutdown()
        server.server_close()
