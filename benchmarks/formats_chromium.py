"""Run the web client's prediction in Chromium: its answers, and the time of each guess."""

import base64
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from playwright.sync_api import Page, sync_playwright

from pipeline.drawings import Images
from pipeline.model.head import Floats

CLIENT = Path(__file__).parents[1] / "clients" / "web"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# A model is read as a game would: from bytes, by readWeights; a head is exchanged by replaceHead.
LOAD = """
async ({ weights, head, drawings }) => {
  const { readWeights, replaceHead, predict } = await import("/model.js");
  const read = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const model = readWeights(read(weights).buffer);
  const models = { weights: model, head: replaceHead(model, read(head).buffer) };
  const all = read(drawings);
  globalThis.guess = (name, at) => predict(models[name], all.subarray(784 * at, 784 * (at + 1)));
}
"""
ANSWER = """
([name, count]) => Array.from({ length: count }, (_, at) => Array.from(guess(name, at)))
"""
# The browser's clock is too coarse for one guess, so ten are timed together.
TIME = """
([name, count]) => {
  const took = [];
  for (let at = 0; at + 10 <= count; at += 10) {
    const started = performance.now();
    for (let each = at; each < at + 10; each++) guess(name, each);
    took.push((performance.now() - started) / 10);
  }
  return took;
}
"""


class Chromium(NamedTuple):
    """A page that has loaded the model and the drawings."""

    page: Page

    def answer(self, name: str, count: int) -> Floats:
        """Return the probabilities of the first drawings, float32 `(count, classes)`."""
        return np.array(self.page.evaluate(ANSWER, [name, count]), np.float32)

    def time(self, name: str, count: int) -> list[float]:
        """Return the milliseconds a guess, one number for each ten of the first drawings."""
        return list(self.page.evaluate(TIME, [name, count]))


@contextmanager
def open_chromium(files: Mapping[str, bytes], drawings: Images) -> Iterator[Chromium | None]:
    """Open Chromium with a model; yield None where none is installed.

    Args:
        files: `weights` and `head`, the bytes of weights.bin and head.bin.
        drawings: uint8 `(n, 28, 28)`.
    """
    program = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if program is None:
        yield None
        return
    with _serve(CLIENT) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            page = browser.new_page()
            page.goto(f"{address}/model.js")
            sent: dict[str, Any] = {**files, "drawings": drawings.tobytes()}
            page.evaluate(LOAD, {name: _encode(data) for name, data in sent.items()})
            yield Chromium(page)
        finally:
            browser.close()


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def _serve(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine; yield the address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
