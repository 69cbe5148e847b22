"""A game in Chromium that is opened while the service does not answer."""

import shutil
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.clients._node import WEB
from tests.clients.conftest import Stack

pytestmark = pytest.mark.slow

GAME = '<!doctype html><title>A game</title><link rel="icon" href="data:,">'
LOAD = """async ({service, keys, until}) => {
    const {Redraw} = await import("/redraw/redraw.js");
    const redraw = new Redraw({service, keys, onproblem: () => undefined});
    await redraw.ready;
    while (until && redraw.problem?.code !== until) await new Promise((end) => setTimeout(end, 10));
    redraw.stop();
    return redraw.version;
}"""


def test_a_later_visit_without_a_service_goes_on_with_what_the_browser_has(
    stack: Stack, open_page: Callable[..., Page]
) -> None:
    (stack.game / "index.html").write_text(GAME)
    shutil.copytree(WEB, stack.game / "redraw", dirs_exist_ok=True)
    page = open_page(stack.game_url)
    options = {"service": stack.url, "keys": [key.text for key in stack.settings.trusted]}
    assert page.evaluate(LOAD, {**options, "until": None}) == stack.version
    page.context.set_offline(True)
    assert page.evaluate(LOAD, {**options, "until": "offline"}) == stack.version
