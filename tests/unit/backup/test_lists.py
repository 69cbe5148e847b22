"""The lists by which a backup goes name all that Redraw uses: nothing can be left out."""

import ast
import importlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.indexes import INDEXES
from pipeline.backup.layout import pool_path
from pipeline.backup.scope import choose_scope
from pipeline.backup_errors import DamagedBackup
from pipeline.firestore_collections import ALL_COLLECTIONS, CORRECTIONS
from pipeline.setting_groups import GameSettings
from pipeline.storage_paths import ALL_PATHS

ADAPTERS = Path("pipeline/adapters")
SCOPE = choose_scope(GameSettings())


def opened_collections() -> Iterator[str]:
    """Yield the name of each collection that an adapter opens at the root.

    That is each call `collection(...)` or `client.document(...)`, with a text, a constant of the
    module, or the name that the game has chosen.
    """
    for path in sorted(ADAPTERS.glob("*.py")):
        module = importlib.import_module(f"pipeline.adapters.{path.stem}")
        for call in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                continue
            receiver, name = ast.unparse(call.func.value), call.func.attr
            if name == "collection" or (name == "document" and receiver.endswith("client")):
                (argument,) = call.args
                words = ast.unparse(argument)
                if words == "index['collectionGroup']":
                    continue  # of the file of indexes, see below
                opened = (
                    CORRECTIONS.name
                    if words.endswith("schema.collection")
                    else eval(words, vars(module))
                )
                yield opened.partition("/")[0]


def test_every_collection_that_an_adapter_opens_is_in_the_list() -> None:
    assert {each.name for each in ALL_COLLECTIONS} == set(opened_collections())


def test_every_collection_with_an_index_is_in_the_list() -> None:
    indexes = json.loads(INDEXES.read_text())["indexes"]
    assert {each["collectionGroup"] for each in indexes} <= {each.name for each in ALL_COLLECTIONS}


def test_every_folder_that_redraw_writes_to_is_in_a_backup() -> None:
    left_out = [kind.template for kind in ALL_PATHS if not kind.template.startswith(SCOPE.folders)]
    assert left_out == []


def test_the_release_is_the_last_collection_and_what_it_names_comes_before() -> None:
    assert SCOPE.collections[-2:] == ("models", "releases")


def test_a_game_s_own_names_are_in_a_backup() -> None:
    scope = choose_scope(GameSettings(collection="answers", folder="pictures/all/"))
    assert "answers" in scope.collections
    assert "corrections" not in scope.collections
    assert "pictures/all/" in scope.folders
    assert "drawings/corrections/" not in scope.folders


def test_a_folder_in_another_one_is_not_copied_twice() -> None:
    scope = choose_scope(GameSettings(), (), (), ["drawings/", "runs/x/"])
    assert scope.folders == ("datasets/", "drawings/", "models/", "receipts/", "runs/")


@pytest.mark.parametrize("sha256", ["", "../../etc/passwd", "A" * 64, "a" * 63])
def test_what_is_no_digest_leads_to_no_file(sha256: str) -> None:
    with pytest.raises(DamagedBackup, match="no digest"):
        pool_path(sha256)
