"""Appending corrections: base rows never change, and every row has its provenance.

A kill -9 at any moment leaves a complete revision.
"""

import hashlib
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corrections.additions import build_additions
from pipeline.corrections.collect import Harvest
from pipeline.dataset import merge as merge_module
from pipeline.dataset.additions import dump_additions
from pipeline.dataset.hdf5 import describe
from pipeline.dataset.merge import merge
from pipeline.dataset.splits import player_split
from pipeline.errors import DatasetMoved, InvalidDataset
from pipeline.records.dataset import NO_GUESS, Split
from tests._provenance import read_provenance

SPLITS = ("train", "val", "test")
KILLED = """
import os, signal, sys
from pathlib import Path
from pipeline.dataset import merge
from pipeline.dataset.additions import load_additions
kill = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
where = sys.argv[3]
if where == "copied":
    merge._append = kill
elif where == "half appended":
    done = []
    extend = merge._extend
    def _extend(column, values):
        done.append(column)
        if len(done) == 4:
            column.file.flush()
            kill()
        return extend(column, values)
    merge._extend = _extend
elif where == "appended":
    append = merge._append
    def _append(file, additions):
        append(file, additions)
        file.flush()
        kill()
    merge._append = _append
elif where == "replaced":
    describe, calls = merge.describe, []
    def _describe(path):
        calls.append(path)
        return describe(path) if len(calls) < 3 else kill()  # the third call follows the rename
    merge.describe = _describe
merge.merge(Path(sys.argv[1]), load_additions(Path(sys.argv[2]).read_bytes()))
"""
hex_players = st.binary(min_size=32, max_size=32).map(bytes.hex)


def digest_of_base(path: Path) -> str:
    """The digest of all base rows, by plain h5py."""
    state = hashlib.sha256()
    with h5py.File(path) as file:
        for split in SPLITS:
            count = file[f"X_{split}"].attrs["base_rows"]
            state.update(file[f"X_{split}"][:count].tobytes())
            state.update(file[f"y_{split}"][:count].tobytes())
    return state.hexdigest()


@pytest.mark.parametrize("change", [{"parent": "0" * 64}, {"revision": 2}, {"revision": 0}])
def test_additions_for_another_revision_are_refused_and_the_file_stays(
    change: dict[str, Any], base_file: Path, make_additions: Any
) -> None:
    before = base_file.read_bytes()
    with pytest.raises(InvalidDataset, match="move the file away"):
        merge(base_file, make_additions(describe(base_file), 3)._replace(**change))
    assert base_file.read_bytes() == before


def test_the_same_additions_twice_are_refused(base_file: Path, make_additions: Any) -> None:
    additions = make_additions(describe(base_file), 3)
    merge(base_file, additions)
    with pytest.raises(InvalidDataset):
        merge(base_file, additions)


@pytest.mark.parametrize("where", ["copied", "half appended", "appended"])
def test_kill_9_leaves_the_old_revision_to_the_byte_and_the_next_merge_works(
    where: str, base_file: Path, make_additions: Any
) -> None:
    before, additions = base_file.read_bytes(), make_additions(describe(base_file), 30)
    stored = base_file.with_name("additions.npz")
    stored.write_bytes(dump_additions(additions))

    killed = subprocess.run(
        [sys.executable, "-c", KILLED, base_file, stored, where], check=False, timeout=60
    )

    assert killed.returncode == -signal.SIGKILL
    assert base_file.read_bytes() == before
    assert merge(base_file, additions).revision == 1
    assert sorted(path.name for path in base_file.parent.iterdir()) == ["additions.npz", "data.h5"]


def test_kill_9_after_the_file_was_replaced_leaves_the_new_revision(
    base_file: Path, make_additions: Any
) -> None:
    additions = make_additions(describe(base_file), 30)
    stored = base_file.with_name("additions.npz")
    stored.write_bytes(dump_additions(additions))
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, base_file, stored, "replaced"], check=False, timeout=60
    )
    assert killed.returncode == -signal.SIGKILL
    assert describe(base_file).digest == additions.digest


def test_a_file_that_another_process_changed_meanwhile_is_left_as_it_is(
    base_file: Path, make_additions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, quick = (
        make_additions(describe(base_file), 30, "late"),
        make_additions(describe(base_file), 20, "quick"),
    )
    append = merge_module._append

    def append_while_another_merges(file: Any, additions: Any) -> None:
        monkeypatch.setattr(merge_module, "_append", append)
        merge(base_file, quick)
        append(file, additions)

    monkeypatch.setattr(merge_module, "_append", append_while_another_merges)
    with pytest.raises(DatasetMoved):
        merge(base_file, late)
    assert describe(base_file).digest == quick.digest


@pytest.fixture
def merged(base_file: Path, make_additions: Any) -> Any:
    """Two revisions appended, of 40 and 25 corrections: the file, open, and what was added."""
    first = make_additions(describe(base_file), 40, "a", 1)
    second = make_additions(merge(base_file, first), 25, "b", 2)
    merge(base_file, second)
    with h5py.File(base_file) as file:
        yield file, (first, second)


def test_base_rows_never_change(base_file: Path, make_additions: Any) -> None:
    before = digest_of_base(base_file)
    for seed in range(3):
        merge(base_file, make_additions(describe(base_file), 20, f"{seed}-", seed))
        assert digest_of_base(base_file) == before


def test_images_and_labels_stay_equally_long(merged: Any) -> None:
    file, _ = merged
    for split in SPLITS:
        assert len(file[f"X_{split}"]) == len(file[f"y_{split}"])


def test_every_correction_is_there_once(merged: Any) -> None:
    file, added = merged
    assert file["corrections/ids"].asstr()[:].tolist() == [
        name for additions in added for name in additions.ids.tolist()
    ]


def test_every_appended_row_is_what_its_provenance_says(merged: Any) -> None:
    file, added = merged
    group = {
        name: column.asstr()[:] if column.dtype.kind == "O" else column[:]
        for name, column in file["corrections"].items()
    }
    row = 0
    for additions in added:
        for image, label, name, player, split in zip(
            additions.images,
            additions.labels,
            additions.ids,
            additions.players,
            additions.splits,
            strict=True,
        ):
            assert (group["ids"][row], group["players"][row], group["splits"][row]) == (
                name,
                player,
                split,
            )
            assert group["revisions"][row] == additions.revision
            assert group["digests"][row] == hashlib.sha256(image.tobytes()).hexdigest()
            assert np.array_equal(np.rint(file[f"X_{split}"][group["rows"][row]] * 255), image)
            assert file[f"y_{split}"][group["rows"][row]] == label
            row += 1
    assert row == len(group["ids"])


def test_appended_rows_lie_behind_the_base_without_gaps(merged: Any) -> None:
    file, _ = merged
    splits, rows = file["corrections/splits"].asstr()[:], file["corrections/rows"][:]
    for split in SPLITS:
        base = int(file[f"X_{split}"].attrs["base_rows"])
        assert sorted(rows[splits == split].tolist()) == list(range(base, len(file[f"X_{split}"])))


def test_the_attributes_name_the_new_revision_and_its_parent(merged: Any) -> None:
    file, (first, second) = merged
    assert (file.attrs["revision"], file.attrs["parent"], file.attrs["digest"]) == (
        2,
        first.digest,
        second.digest,
    )


def test_additions_of_nothing_make_an_empty_revision(base_file: Path, make_additions: Any) -> None:
    held = describe(base_file)
    assert merge(base_file, make_additions(held, 0)).rows == held.rows


@given(hex_players)
def test_a_player_always_lands_in_the_same_split(player: str) -> None:
    assert player_split(player) is player_split(player)
    assert player_split(player) in Split


def test_players_are_shared_out_70_10_20() -> None:
    players = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(20_000)]
    shares = {
        split: sum(player_split(player) == split for player in players) / len(players)
        for split in SPLITS
    }
    assert shares == pytest.approx({"train": 0.7, "val": 0.1, "test": 0.2}, abs=0.015)


# Confirmations


def harvest(labels: list[int], guesses: list[int]) -> Harvest:
    count = len(labels)
    return Harvest(
        images=np.arange(count * 784, dtype=np.uint32).astype(np.uint8).reshape(count, 28, 28),
        labels=np.array(labels, np.uint8),
        ids=np.array([f"c{number}" for number in range(count)], np.str_),
        players=np.array(
            [hashlib.sha256(bytes([number])).hexdigest() for number in range(count)], np.str_
        ),
        guesses=np.array(guesses, np.uint8),
        confidences=np.full(count, 0.5, np.float32),
        versions=np.full(count, "v1.0.0"),
        asked=np.full(count, 255, np.uint8),
        chances=np.full(count, np.nan, np.float32),
        generations=np.ones(count, np.int64),
        sent_at=np.zeros(count),
        contradicted=np.zeros(count, np.int64),
        unusable={},
    )


def test_a_confirmation_goes_to_the_split_of_its_player_and_is_counted(base_file: Path) -> None:
    held = describe(base_file)
    merged = merge(
        base_file,
        build_additions(harvest([3, 5, 7], [3, 6, NO_GUESS]), np.ones(3, bool), held, "run-1"),
    )
    assert (merged.corrections, merged.confirmations) == (2, 1)
    known = read_provenance(base_file)
    assert known.splits.tolist() == [player_split(player) for player in known.players]
    assert sum(merged.rows.values()) == sum(held.rows.values()) + 3


def test_what_the_model_guessed_is_kept_with_each_row(base_file: Path) -> None:
    merge(
        base_file,
        build_additions(
            harvest([3, 5], [3, NO_GUESS]), np.ones(2, bool), describe(base_file), "run-1"
        ),
    )
    kept = read_provenance(base_file)
    assert kept.guesses.tolist() == [3, NO_GUESS]
    assert kept.confidences.tolist() == [0.5, 0.5]
    assert kept.versions.tolist() == ["v1.0.0", "v1.0.0"]
