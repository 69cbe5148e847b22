"""Every page in both sizes and colour schemes: no complaint, readable, and nothing moves."""

import pytest

from tests.browser._pages import DESK, PHONE, Scheme, Size, check_axe, check_layout, check_outline
from tests.browser._project import Project
from tests.browser.conftest import OpenPage

PAGES = ["/", "/runs", "/versions", "/review", "/corrections", "/players", "/play", "/system"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE])
def test_each_page_is_sound(
    project: Project, open_page: OpenPage, size: Size, scheme: Scheme
) -> None:
    page = open_page(project, size, scheme)
    for path in PAGES:
        page.goto(path)
        check_outline(page)
        check_layout(page)
        check_axe(page)
