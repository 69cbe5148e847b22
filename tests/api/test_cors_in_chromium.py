"""A page of another origin in a real Chromium: it polls the release as a game does."""

import json
import queue
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pipeline.ports import Ports
from pipeline.settings import Settings
from service.app import create_app
from tests._chromium import CHROMIUM, needs_chromium
from tests.api._server import serving

WAIT_SECONDS = 120
PAGE = """<!doctype html><script>
async function read(path, options) {
  try {
    const answer = await fetch(SERVICE + path, options);
    const text = await answer.text();
    return {status: answer.status, etag: answer.headers.get("ETag"), age: answer.headers.get("Age"),
            kind: answer.headers.get("Content-Type"), body: text ? JSON.parse(text) : null};
  } catch (error) { return {refused: String(error)}; }
}
(async () => {
  const first = await read("/v1/release", {cache: "no-store"});
  const tagged = {headers: {"If-None-Match": first.etag || '"none"'}, cache: "no-store"};
  const results = {
    first,
    again: await read("/v1/release", tagged),
    head: await read("/v1/release", {method: "HEAD", cache: "no-store"}),
    wrong: await read("/v1/release", {method: "POST"}),
    owners: await read("/v1/models", {headers: {"X-API-Key": "an-api-key-for-tests"}}),
  };
  await fetch("/results", {method: "POST", body: JSON.stringify(results)});
})();
</script>"""

pytestmark = needs_chromium


@pytest.fixture
def browse(tmp_path: Path) -> Iterator[Callable[[int], dict[str, Any]]]:
    """Opens a page of its own origin that reads from a service, and returns what it could read."""
    results: queue.Queue[dict[str, Any]] = queue.Queue()
    service = 0

    class Game(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(PAGE.replace("SERVICE", f"'http://127.0.0.1:{service}'").encode())

        def do_POST(self) -> None:
            results.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.answer(b"thanks")

        def answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    game = ThreadingHTTPServer(("127.0.0.1", 0), Game)
    threading.Thread(target=game.serve_forever, daemon=True).start()

    def open_page(port: int) -> dict[str, Any]:
        nonlocal service
        service = port
        options = "--headless --no-sandbox --disable-gpu --no-first-run --remote-debugging-port=0"
        browser = subprocess.Popen(
            [
                str(CHROMIUM),
                *options.split(),
                f"--user-data-dir={tmp_path / 'profile'}",
                f"http://127.0.0.1:{game.server_port}/",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            return results.get(timeout=WAIT_SECONDS)
        finally:
            browser.kill()
            browser.wait()

    yield open_page
    game.shutdown()
    game.server_close()


@pytest.mark.slow
def test_a_game_reads_the_release_its_tag_and_every_error(
    settings: Settings,
    ports: Ports,
    version: Callable[..., str],
    browse: Callable[[int], dict[str, Any]],
) -> None:
    version(released=True)
    with serving(create_app(settings, ports, print)) as port:
        seen = browse(port)
    assert seen["first"]["body"]["version"] == "v1.0.0"
    assert seen["first"]["age"] == "0"
    # The preflight for If-None-Match went well; Chromium hands a 304 to the page if it asked.
    assert (seen["again"]["status"], seen["again"]["etag"]) == (304, seen["first"]["etag"])
    assert (seen["head"]["status"], seen["head"]["etag"]) == (200, seen["first"]["etag"])
    assert (seen["wrong"]["status"], seen["wrong"]["kind"]) == (405, "application/problem+json")
    assert "Failed to fetch" in seen["owners"]["refused"]


@pytest.mark.slow
def test_a_game_reads_why_there_is_no_release(
    settings: Settings,
    ports: Ports,
    broken: Callable[[Exception], Any],
    browse: Callable[[int], dict[str, Any]],
) -> None:
    app = create_app(settings, replace(ports, models=broken(KeyError("a defect"))), print)
    with serving(app) as port:
        first = browse(port)["first"]
    assert (first["status"], first["body"]["status"]) == (500, 500)
