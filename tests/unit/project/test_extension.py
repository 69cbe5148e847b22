"""What the site shows of marks and of links that lead out of it."""

from markdown import Markdown

from docs_site.extension import find_outside


def render(text: str) -> str:
    return Markdown(
        extensions=["attr_list", "pymdownx.superfences", "docs_site.extension"]
    ).convert(text)


def test_a_mark_is_shown_above_its_block() -> None:
    shown = render("Before.\n\n<!-- not run: needs a project -->\n```sh\ngcloud init\n```\n")
    mark = '<p class="not-run"><em>Not run by us: needs a project.</em></p>'
    assert mark in shown
    assert shown.index(mark) < shown.index("gcloud")


def test_a_mark_within_a_list_stays_in_its_item() -> None:
    block = "    <!-- not run: needs a phone -->\n    ```\n    adb\n    ```\n"
    shown = render(f"1. First.\n\n{block}\n2. Second.\n")
    assert shown.count("<ol>") == 1
    assert shown.index("Not run by us: needs a phone.") < shown.index("</li>")


def test_a_mark_in_a_block_is_text() -> None:
    shown = render("```\n<!-- not run: as an example -->\n```\n")
    assert "&lt;!-- not run: as an example --&gt;" in shown
    assert "Not run by us" not in shown


def test_another_comment_stays_one() -> None:
    assert "<!-- made -->" in render("<!-- made -->\n\nText.\n")


def test_a_link_out_of_the_site_becomes_text_that_names_the_file() -> None:
    shown = render("See [the file](../pyproject.toml), [a page](costs.md) and [home](https://a.b).")
    assert 'title="in the project\'s folder: pyproject.toml"' in shown
    assert "../pyproject.toml" not in shown
    assert '<a href="costs.md">a page</a>' in shown
    assert '<a href="https://a.b">home</a>' in shown


def test_only_files_beside_the_pages_are_outside() -> None:
    assert find_outside("../README.md#try-it") == "README.md"
    assert find_outside("../../pipeline/errors.py") == "pipeline/errors.py"
    for inside in ("../costs.md", "costs.md", "#here", "../missing.md", "https://a.b/../README.md"):
        assert not find_outside(inside), inside
