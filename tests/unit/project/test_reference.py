"""The reference pages list every route, metric, command and reason code, as the code has them."""

import re
from pathlib import Path

import pytest

from pipeline import reasons
from service.http.advice import ADVICE
from tests.unit.project import _reference as reference

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", reference.PAGES)
def test_a_reference_page_is_that_of_the_code(name: str) -> None:
    page = (reference.DOCS / name).read_text()
    made = reference.rewrite(page, reference.PAGES[name]())
    assert page == made, "run: python -m tests.unit.project._reference"


def test_every_reason_code_says_what_it_means() -> None:
    silent = [
        (codes.__name__, code)
        for enums in reference.SUBJECTS.values()
        for codes in enums
        for code, meaning in reference.read_meanings(codes).items()
        if not meaning
    ]
    assert silent == []


def test_the_meanings_are_of_all_members() -> None:
    for enums in reference.SUBJECTS.values():
        for codes in enums:
            assert list(reference.read_meanings(codes)) == [str(member) for member in codes]


def test_every_kind_of_problem_says_what_to_do() -> None:
    assert {kind.name for kind in reference.list_kinds()} == set(ADVICE)


def test_every_reason_has_a_chapter() -> None:
    listed = {codes for enums in reference.SUBJECTS.values() for codes in enums}
    known = {each for each in vars(reasons).values() if isinstance(each, type)}
    assert known - {reasons.StrEnum} <= listed


CODES = {code for code in reasons.CORRECTION_REASONS if "_" in code}
"""Those that are no words of their own, so that a literal of them is a reason."""


def test_a_reason_is_named_by_its_enum_and_not_spelled_again() -> None:
    quoted = re.compile("|".join(f'"{code}"' for code in sorted(CODES)))
    spelled = [
        str(path.relative_to(ROOT))
        for folder in ("pipeline", "workers", "service")
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "reasons.py" and quoted.search(path.read_text())
    ]
    # Examples in the description of the service.
    assert sorted(spelled) == ["service/routes/corrections.py", "service/schemas/corrections.py"]


def test_every_route_is_on_the_page_with_its_rule() -> None:
    page = (reference.DOCS / "http.md").read_text()
    for method, route in reference.list_routes(reference.make_app()):
        assert f"| `{method} {route.path_format}` | {reference.name_rule(route)} |" in page
