"""Origins of merged corrections are found in blocks, and only those that are asked for are kept."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.dataset import origins
from pipeline.dataset.hdf5 import describe, read_rows
from pipeline.dataset.merge import merge
from pipeline.dataset.splits import find_shared_players
from pipeline.records.dataset import Split
from tests._provenance import read_provenance


@pytest.fixture(params=[1, 7, 1000])
def merged(
    base_file: Path,
    make_additions: Callable[..., Any],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> Path:
    """Forty corrections in two revisions, two of them by one player."""
    monkeypatch.setattr(origins, "BLOCK_ROWS", request.param)
    for name in "ab":
        added = make_additions(describe(base_file), 20, name, seed=ord(name))
        added.players[1] = "a" * 64
        splits = [str(Split.VAL), *added.splits.tolist()[1:]]
        merge(base_file, added._replace(splits=np.array(splits)))
    return base_file


def test_the_origins_of_the_given_corrections_are_found(merged: Path) -> None:
    known = read_provenance(merged)
    expected = {
        name: origins.Origin(Split(split), revision)
        for name, split, revision in zip(known.ids, known.splits, known.revisions, strict=True)
    }
    assert origins.find_origins(merged, expected) == expected
    assert origins.find_origins(merged, ["a0000", "é", "c0000"]) == {
        "a0000": origins.Origin(Split.VAL, 1)
    }
    assert origins.find_origins(merged, []) == {}


def test_every_merged_correction_is_listed_with_its_label_and_its_drawing(merged: Path) -> None:
    known = read_provenance(merged)
    rows = zip(known.ids, known.players, known.splits, known.rows, known.digests, strict=True)

    assert [*origins.list_merged(merged)] == [
        (name, player, int(read_rows(merged, Split(split)).labels[row]), digest)
        for name, player, split, row, digest in rows
    ]


def test_drawings_that_were_merged_are_known_by_their_digests(merged: Path) -> None:
    known = read_provenance(merged).digests.tolist()
    assert origins.find_digests(merged, [*known, "0" * 64]) == set(known)
    assert origins.find_digests(merged, []) == set()


def test_merged_corrections_are_counted_for_the_given_players(merged: Path) -> None:
    other = read_provenance(merged).players[5]
    assert origins.count_merged(merged, ["a" * 64, other, "b" * 64]) == {"a" * 64: 2, other: 1}
    assert origins.count_merged(merged, []) == {}


def test_confirmations_are_not_counted(merged: Path, make_additions: Callable[..., Any]) -> None:
    added = make_additions(describe(merged), 20, "c", seed=3)
    added.players[:] = "d" * 64
    added.guesses[::2] = added.labels[::2]
    corrections = int((added.guesses != added.labels).sum())
    merge(merged, added)
    assert origins.count_merged(merged, ["d" * 64]) == {"d" * 64: corrections}


@pytest.mark.parametrize("split", Split)
def test_a_split_has_the_origins_of_its_rows_in_order(merged: Path, split: Split) -> None:
    known = read_provenance(merged)
    chosen = known.splits == str(split)
    found = origins.read_split_origins(merged, split)
    assert found.players.astype(str).tolist() == known.players[chosen].tolist()
    for name in ("revisions", "guesses", "asked"):
        assert getattr(found, name).tolist() == getattr(known, name)[chosen].tolist()
    assert np.array_equal(found.chances, known.chances[chosen].astype(np.float32), equal_nan=True)
    digests = origins.read_split_digests(merged, split)
    assert digests.astype(str).tolist() == known.digests[chosen].tolist()


def test_shared_players_are_found_in_whichever_block_they_are(merged: Path) -> None:
    """The fixture draws a split for each row, so most of its players are outside of their own."""
    known = read_provenance(merged)
    assert origins.read_shared_players(merged) == find_shared_players(known.players, known.splits)
    assert origins.read_shared_players(merged)


def test_what_is_kept_of_a_row_has_a_fixed_size(merged: Path) -> None:
    found = origins.read_split_origins(merged, Split.TRAIN)
    assert sum(column.nbytes for column in found) == 74 * len(found.players)
    assert origins.read_split_digests(merged, Split.TRAIN).itemsize == 64


def test_a_data_set_without_corrections_has_no_origins(base_file: Path) -> None:
    assert origins.find_origins(base_file, ["a"]) == {}
    assert len(origins.read_split_origins(base_file, Split.TRAIN).players) == 0
    assert np.array_equal(origins.read_split_digests(base_file, Split.VAL), np.empty(0, "S64"))


def test_no_more_rows_than_a_block_are_read_at_once(
    merged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    read = origins._read_blocks

    def note(*arguments: Any) -> Any:
        for block in read(*arguments):
            sizes.append(len(block[0]))
            yield block

    monkeypatch.setattr(origins, "_read_blocks", note)
    origins.find_origins(merged, ["a0000"])
    origins.count_merged(merged, ["a" * 64])
    origins.read_shared_players(merged)
    assert max(sizes) <= origins.BLOCK_ROWS
