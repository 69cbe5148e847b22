from pathlib import Path

from tests.browser._pages import DESK, PHONE

OUT = Path("/tmp/he/shots")
OUT.mkdir(exist_ok=True)


def test_look(project, open_page):
    for size, scheme in ((DESK, "light"), (PHONE, "dark"), (PHONE, "light"), (DESK, "dark")):
        page = open_page(project, size, scheme)
        tag = f"{size[0]}-{scheme}"

        def shot(name, addr=None):
            if addr:
                page.goto(addr)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=OUT / f"{name}-{tag}.png", full_page=name not in ("grid",))
            w = page.evaluate("document.documentElement.scrollWidth")
            if w > size[0]:
                print("OVERFLOW", name, tag, w)

        shot("grid", "/corrections")
        shot("held", "/corrections?state=quarantined")
        page.locator("a.tile").first.click()
        shot("held-one")
        shot("merged", "/corrections?state=merged&class=cat")
        page.locator("a.tile").first.click()
        shot("merged-one")
        page.locator('a[href^="/players/"]').first.click()
        shot("player")
        page.locator('a[href*="/forget"]').first.click()
        shot("forget")
        shot("players", "/players")
        shot("empty", "/corrections?state=refused&reason=duplicate&class=moon")
