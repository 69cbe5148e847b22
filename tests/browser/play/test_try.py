def test_try(project, open_page):
    page = open_page(project)
    page.goto("/play")
    page.wait_for_timeout(3000)
    page.screenshot(path="/tmp/f-play.png", full_page=True)
