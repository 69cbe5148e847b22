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


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium until the block ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"], timeout=WAIT_MILLISECONDS
        )
        yield browser
        browser.close()
