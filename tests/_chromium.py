"""Where Chromium is, and how tests start it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

CHROMIUM = (
    shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
)
MISSING = "Chromium is not installed; on Debian: apt install chromium"
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)
WAIT_MILLISECONDS = 120_000
"""A busy machine is no fault."""

expect.set_options(timeout=WAIT_MILLISECONDS)


_running: list[Browser] = []


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium until the block ends; a block within another one uses the same.

    Playwright can run once in a process, and tests of several folders may share one.
    """
    if _running:
        yield _running[0]
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"], timeout=WAIT_MILLISECONDS
        )
        _running.append(browser)
        yield browser
        _running.clear()
        browser.close()
