"""No form of a document changes by accident: today's is compared with the one that is kept."""

import json
from typing import Any

import pytest

from tests.earlier._forms import describe_forms, find_breaks
from tests.earlier._keeping import FOLDERS

ADVICE = "call `python -m tests.earlier.write`, and read docs/upgrading.md first"


def test_the_forms_are_those_that_are_kept() -> None:
    newest = FOLDERS[-1]
    forms = describe_forms()
    assert int(newest.name) == max(form["schema"] for form in forms.values())
    assert json.loads((newest / "forms.json").read_text()) == forms, ADVICE


def test_each_form_that_was_ever_written_has_kept_documents() -> None:
    assert [folder.name for folder in FOLDERS] == [str(n + 1) for n in range(len(FOLDERS))]
    assert all((folder / "documents.json").exists() for folder in FOLDERS)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"reason": None}, "run.reason is gone"),
        ({"reason": "int"}, "run.reason was str, and is int"),
        ({"state": "one of asked begun"}, "run.state was one of begun, and is one of asked begun"),
        ({"added": "str"}, "run.added is new, and has no default"),
        ({"added": {"": "map", "why": "str"}}, "run.added is new, and has no default"),
        ({"part": {"": "map", "of": "float"}}, "run.part.of was int, and is float"),
    ],
)
def test_a_change_that_others_could_not_cope_with_needs_a_new_number(
    change: dict[str, Any], told: str
) -> None:
    kept = {"reason": "str", "state": "one of begun", "part": {"": "map", "of": "int"}}
    now = {name: told for name, told in {**kept, **change}.items() if told is not None}
    assert find_breaks({"run": kept}, {"run": now}) == [told]


def test_a_new_field_with_a_default_needs_none() -> None:
    kept = {"reason": "str"}
    now = {"reason": "str", "added": "int or null, optional", "part": {"": "map, optional"}}
    assert find_breaks(kept, now) == []
