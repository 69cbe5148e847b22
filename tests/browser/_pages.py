"""What is checked of each page in a browser, and how."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests._chromium import WAIT_MILLISECONDS
from tests.browser._project import Project

Scheme = Literal["light", "dark"]
Size = tuple[int, int]
DESK: Size = (1280, 800)
PHONE: Size = (390, 844)
SERIOUS = {"serious", "critical"}
WATCH = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts.push(entry.value);
}).observe({type: "layout-shift", buffered: true});
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`refused by the policy: ${event.violatedDirective} ${event.blockedURI}`));
"""


@dataclass
class Faults:
    """What a browser complains about while a page is used."""

    allowed: tuple[str, ...] = ()
    """Parts of complaints that a test causes on purpose."""
    found: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Collect errors of console and scripts, requests that fail, and answers that say so."""
        page.on("console", lambda said: said.type == "error" and self.add(said.text))
        page.on("pageerror", lambda error: self.add(f"a script failed: {error}"))
        page.on("requestfailed", self.add_failed)
        page.on(
            "response",
            lambda answer: answer.status >= 400 and self.add(f"{answer.status}: {answer.url}"),
        )

    def add_failed(self, request: Any) -> None:
        # A page that is left ends its streams, and the requests that it no longer needs.
        if request.failure != "net::ERR_ABORTED":
            self.add(f"{request.failure}: {request.url}")

    def add(self, complaint: str) -> None:
        if not any(part in complaint for part in self.allowed):
            self.found.append(complaint)


@contextmanager
def browsing(
    browser: Browser,
    project: Project,
    size: Size = DESK,
    scheme: Scheme = "light",
    *,
    signed_in: bool = True,
    **options: Any,
) -> Iterator[BrowserContext]:
    """Open a browser's window of this size and colour scheme; addresses are those of the project.

    Args:
        browser: Chromium.
        project: whose pages are opened.
        size: width and height in CSS pixels; at the width of a phone it has a touch screen.
        scheme: what the visitor prefers.
        signed_in: whether the owner has signed in.
        options: of Playwright's `new_context`.
    """
    phone = size == PHONE
    context = browser.new_context(
        base_url=project.url,
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        has_touch=phone,
        is_mobile=phone,
        **options,
    )
    context.set_default_timeout(WAIT_MILLISECONDS)
    context.add_init_script(WATCH)
    if signed_in:
        context.add_cookies([project.cookie])
    yield context
    context.close()


def check_axe(page: Page, *rules: str) -> None:
    """Assert that axe-core finds nothing serious or critical in the page as it is now.

    Args:
        page: that is open.
        rules: only these; by default all.
    """
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": list(rules)}
    # The script is evaluated by the browser itself, so the page's policy does not refuse it.
    found = Axe().run(page, options=options).response["violations"]
    serious = [describe(each) for each in found if each["impact"] in SERIOUS]
    assert serious == [], "\n".join([page.url, *serious])


def describe(violation: Any) -> str:
    """Return a violation of axe-core's in words, with the first elements it was found at."""
    nodes = [f"{node['html'][:120]} {node['failureSummary']}" for node in violation["nodes"][:3]]
    return "\n  ".join([f"{violation['id']}: {violation['help']}", *nodes])


def check_layout(page: Page) -> None:
    """Assert that nothing is wider than the window, and that nothing moved while it loaded."""
    wide = page.evaluate(
        """() => document.documentElement.scrollWidth <= innerWidth ? [] :
        Array.from(document.querySelectorAll("body *"))
          .filter((each) => each.getBoundingClientRect().right > innerWidth + 1
            && !each.parentElement.closest(".scroll"))
          .slice(0, 5).map((each) => each.outerHTML.slice(0, 120))"""
    )
    inner, outer = page.evaluate("[innerWidth, document.documentElement.scrollWidth]")
    assert outer <= inner, (page.url, wide)
    shifted = sum(page.evaluate("window.shifts"))
    assert shifted < 0.1, f"{page.url} moved by {shifted:.2f} while it was loaded"


def check_outline(page: Page) -> None:
    """Assert that the page has a title, and one heading of the first level."""
    title = page.title()
    assert title.endswith(" · Redraw"), title
    assert title != " · Redraw"
    assert page.locator("h1").count() == 1, page.url
    assert page.locator("h1").inner_text().strip()
