"""Copies of base rows: the same however they are drawn, and drawn once."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emulator.players.sketches import sketch_rows
from pipeline.categories import CATEGORIES
from pipeline.training import copies as module
from pipeline.training.copies import load_or_draw_copies, name_copies_folder

COUNT, PORTION = 25, 10


@pytest.fixture(scope="module")
def drawings() -> Any:
    rows = [sketch_rows(name, 3, 1).reshape(-1, 28, 28) for name in CATEGORIES[:9]]
    return np.concatenate(rows)[:COUNT]


class Drawn:
    """Counts the copies that were drawn, besides those that show how they are drawn."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows = 0
        draw = module.draw_copies

        def count(drawings: Any, seed: int, first: int) -> Any:
            self.rows += len(drawings)
            return draw(drawings, seed, first)

        monkeypatch.setattr(module, "draw_copies", count)

    def take(self) -> int:
        rows, self.rows = self.rows, 0
        return rows


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    monkeypatch.setattr(module, "PORTION", PORTION)
    monkeypatch.setattr(module, "PROBE", 1)
    return Drawn(monkeypatch)


def load(drawings: Any, folder: Path, **options: Any) -> Any:
    return load_or_draw_copies(
        drawings, folder / "data.h5", **{"base_digest": "b", "seed": 0, "processes": 1, **options}
    )


def test_copies_are_drawn_once(drawings: Any, drawn: Drawn, tmp_path: Path) -> None:
    first = load(drawings, tmp_path)
    assert drawn.take() == 1 + COUNT
    np.testing.assert_array_equal(load(drawings, tmp_path), first)
    assert drawn.take() == 1
    assert first.shape == drawings.shape
    assert (first != drawings).any(axis=(1, 2)).all()


def test_a_drawing_of_copies_that_was_stopped_goes_on(
    drawings: Any, drawn: Drawn, tmp_path: Path
) -> None:
    def stop(message: str, done: int = 0, total: int = 0) -> None:
        if done == PORTION:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(drawings, tmp_path, on_progress=stop)
    drawn.take()
    again = load(drawings, tmp_path)
    assert drawn.take() == 1 + COUNT - PORTION
    np.testing.assert_array_equal(again, load(drawings, tmp_path / "elsewhere"))


def test_more_copies_than_before_draw_only_what_is_new(
    drawings: Any, drawn: Drawn, tmp_path: Path
) -> None:
    load(drawings[: 2 * PORTION], tmp_path)
    drawn.take()
    load(drawings, tmp_path)
    assert drawn.take() == 1 + COUNT - 2 * PORTION


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign", "folder"])
def test_a_damaged_file_is_drawn_again(
    damage: str, drawings: Any, drawn: Drawn, tmp_path: Path
) -> None:
    first = load(drawings, tmp_path)
    file = next(name_copies_folder(tmp_path / "data.h5").rglob("0-*.npz"))
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.unlink()
    if damage == "folder":
        file.mkdir()
    elif damage == "foreign":
        np.savez(file, copies=np.zeros((PORTION, 28, 28)))
    else:
        file.write_bytes({"cut": bytes(data[:100]), "flipped": bytes(data), "empty": b""}[damage])
    drawn.take()
    np.testing.assert_array_equal(load(drawings, tmp_path), first)
    assert drawn.take() == 1 + PORTION


@pytest.mark.parametrize("change", [{"base_digest": "other"}, {"seed": 1}])
def test_copies_of_another_base_or_seed_are_not_used_and_are_removed(
    change: dict[str, Any], drawings: Any, drawn: Drawn, tmp_path: Path
) -> None:
    load(drawings, tmp_path)
    drawn.take()
    load(drawings, tmp_path, **change)
    assert drawn.take() == 1 + COUNT
    assert len(list(name_copies_folder(tmp_path / "data.h5").iterdir())) == 1


def test_copies_that_are_drawn_in_another_way_by_now_are_not_used(
    drawings: Any, drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load(drawings, tmp_path)
    monkeypatch.setattr(module, "draw_copies", lambda drawings, seed, first: 255 - drawings)
    second = load(drawings, tmp_path)
    np.testing.assert_array_equal(second, 255 - drawings)
    assert (first != second).any()


def test_where_nothing_can_be_written_the_copies_are_drawn_all_the_same(
    drawings: Any, drawn: Drawn, tmp_path: Path
) -> None:
    expected = load(drawings, tmp_path / "elsewhere")
    name_copies_folder(tmp_path / "data.h5").write_text("a file, where the folder should be")
    np.testing.assert_array_equal(load(drawings, tmp_path), expected)


def test_no_copies_leave_nothing_behind(drawings: Any, tmp_path: Path) -> None:
    assert load(drawings[:0], tmp_path).shape == (0, 28, 28)
    assert list(tmp_path.iterdir()) == []


def test_progress_counts_copies_up_to_their_number(
    drawings: Any, drawn: Drawn, tmp_path: Path
) -> None:
    reports: list[tuple[int, int]] = []
    load(drawings, tmp_path, on_progress=lambda _, done=0, total=0: reports.append((done, total)))
    assert reports == [(0, COUNT), (PORTION, COUNT), (2 * PORTION, COUNT), (COUNT, COUNT)]


@pytest.mark.slow  # each of the processes imports NumPy, SciPy and Pillow
def test_several_processes_draw_the_same_copies_as_one(
    drawings: Any, drawn: Drawn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = load(drawings, tmp_path / "one")
    monkeypatch.undo()  # a process of its own draws with what the module holds
    monkeypatch.setattr(module, "PORTION", PORTION)
    monkeypatch.setattr(module, "ROWS_PER_PROCESS", 1)
    np.testing.assert_array_equal(load(drawings, tmp_path / "three", processes=3), expected)


DRAWING = """
import multiprocessing, sys
from pathlib import Path
import numpy as np
from pipeline.training import copies

def report(message, done=0, total=0):
    if done:
        print(*[child.pid for child in multiprocessing.active_children()], flush=True)
        sys.stdin.read()

copies.PORTION, copies.ROWS_PER_PROCESS = 10, 1
drawings = np.zeros((400, 28, 28), np.uint8)
drawings[:, 5:20, 10:12] = 255
copies.load_or_draw_copies(
    drawings, Path(sys.argv[1]), base_digest="b", seed=0, processes=2, on_progress=report
)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.slow  # each of the processes imports NumPy, SciPy and Pillow
def test_the_processes_that_draw_end_when_the_training_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", DRAWING, str(tmp_path / "data.h5")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as training:
        assert training.stdout is not None
        children = [Path("/proc") / pid for pid in training.stdout.readline().decode().split()]
        assert len(children) == 2
        training.kill()
    while any(is_alive(child) for child in children):  # the test's time limit ends it otherwise
        time.sleep(0.05)


def is_alive(process: Path) -> bool:
    try:
        return "\nState:\tZ" not in (process / "status").read_text()
    except OSError:
        return False
