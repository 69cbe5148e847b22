"""The guides for games name what Redraw reads and writes, and nothing else."""

import re
from typing import Any

import pytest

from pipeline.corrections.game_schema import DEFAULT
from pipeline.drawings.rule import RULE_VERSION
from pipeline.formats.kinds import write_formats
from pipeline.records.base import Record
from pipeline.records.corrections import GAME_FIELDS, Asked
from pipeline.records.versions import Release
from pipeline.storage_paths import CANVAS, VERSION_FILE
from pipeline.versions.asking import AskingPolicy
from pipeline.versions.manifest import Manifest
from pipeline.versions.signatures import Signature
from tests._small_model import make_model
from tests.unit.project._pages import DOCS, list_blocks

NATIVE = ("docs/connect-android.md", "docs/connect-flutter.md")
LANGUAGES = {"kotlin", "dart"}
OPTIONAL = {"imageData"}
"""What a game sends instead of a canvas in Storage."""


def list_names(kind: type[Record]) -> set[str]:
    """The names of a record's fields in JSON, with those of the records in it."""
    names = set()
    for field in kind.model_fields.values():
        names.add(str(field.alias))
        for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(part, type) and issubclass(part, Record):
                names |= list_names(part)
    return names


def read_code(page: str) -> str:
    blocks = [each.text for each in list_blocks() if each.page == page]
    return "\n".join(blocks)


def list_texts(code: str) -> set[str]:
    """The texts in a program that look like the name of a field."""
    return set(re.findall(r"""["']([a-z][A-Za-z]*)["']""", code))


@pytest.mark.parametrize("page", NATIVE)
def test_native_guides_write_the_fields_of_a_correction_and_read_those_that_there_are(
    page: str,
) -> None:
    texts = list_texts(read_code(page))
    known = set().union(*map(list_names, (Release, Manifest, AskingPolicy, Signature)))
    words = {*map(str, Asked), "pending", "rule", "etag", "x", "y", DEFAULT.collection}
    assert set(GAME_FIELDS) - texts == OPTIONAL
    assert texts - set(GAME_FIELDS) - known - words == set()


@pytest.mark.parametrize("page", NATIVE)
def test_native_guides_name_the_paths_and_numbers_of_this_version(page: str) -> None:
    code = read_code(page)
    assert CANVAS.fill(drawing_id="$drawingId") in code
    assert re.search(r"quickdraw_\$number\.tflite", code)
    rule = re.search(r"""rule["'\])]+ (?:==|!=) (\d+)""", code)
    assert rule is not None
    assert int(rule[1]) == RULE_VERSION
    assert "/v1/models/$number/files/" in code
    assert VERSION_FILE.fill(version="$number", name="").startswith("models/production/")


def test_the_sizes_of_files_on_a_phone_are_those_of_the_files() -> None:
    made: dict[str, Any] = write_formats(make_model(), int8=True)
    page = (DOCS / "phone.md").read_text()
    told = dict(re.findall(r"^\| `([^`]+)` \| ([\d,]+) \|", page, re.MULTILINE))
    assert told.keys() == made.keys()
    assert {name: int(size.replace(",", "")) for name, size in told.items()} == {
        name: len(data) for name, data in made.items()
    }
