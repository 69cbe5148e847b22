"""`redraw download` in a process of its own: killed, with a full disk, called wrongly."""

import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipeline.categories import CATEGORIES, source_name
from tests.unit.quickdraw._source import Asked, Source, npy, rows_of, serving

ROWS = 200


@pytest.fixture
def all_classes() -> Iterator[Source]:
    with serving({source_name(name): npy(rows_of(name, ROWS)) for name in CATEGORIES}) as source:
        yield source


def command(folder: Path, source: str, *more: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "service.cli",
        "download",
        "--out",
        str(folder),
        "--from",
        source,
        *more,
    ]


def folder_is_right(folder: Path, rows: int) -> None:
    assert {path.name for path in folder.iterdir()} == {f"{name}.npy" for name in CATEGORIES} | {
        "downloaded.json"
    }
    for name in CATEGORIES:
        assert np.array_equal(np.load(folder / f"{name}.npy"), rows_of(name, ROWS)[:rows])


@pytest.mark.parametrize(
    "wrong", [["--from", "ftp://x"], ["--samples-per-class", "0"], ["--no-such"]]
)
def test_a_wrong_call_exits_with_2(wrong: list[str], tmp_path: Path) -> None:
    called = subprocess.run(
        [*command(tmp_path, "http://127.0.0.1:1"), *wrong], capture_output=True, check=False
    )
    assert called.returncode == 2


def test_a_failure_is_one_line_and_exits_with_1(all_classes: Source, tmp_path: Path) -> None:
    del all_classes.files["moon"]
    called = subprocess.run(
        command(tmp_path, all_classes.url), capture_output=True, text=True, check=False
    )
    assert called.returncode == 1
    assert called.stderr.startswith(f"redraw: {all_classes.url}/moon.npy is not there")
    assert called.stderr.count("\n") == 1


def test_killed_in_the_middle_it_goes_on_where_it_was(all_classes: Source, tmp_path: Path) -> None:
    over, half = threading.Event(), threading.Semaphore(0)

    def stop_half_way(asked: Asked) -> bool:
        if not asked.for_rows():
            return False
        data = asked.data[128:]
        asked.head(
            206,
            Content_Length=len(data),
            Content_Range=f"bytes 128-{len(asked.data) - 1}/{len(asked.data)}",
            ETag='"one"',
        )
        asked.body(data[:50_000])
        half.release()
        over.wait(60)
        return True

    all_classes.misbehave = stop_half_way
    killed = subprocess.Popen(command(tmp_path, all_classes.url))
    for _ in range(4):
        assert half.acquire(timeout=60)
    while sum(path.stat().st_size >= 50_000 for path in tmp_path.glob("*.part")) < 4:
        assert killed.poll() is None
    killed.kill()
    killed.wait()
    over.set()
    assert list(tmp_path.glob("*.npy")) == []

    all_classes.misbehave = lambda asked: False
    all_classes.asked.clear()
    subprocess.run(command(tmp_path, all_classes.url), check=True, capture_output=True)

    folder_is_right(tmp_path, ROWS)
    continued = [asked for asked in all_classes.asked if asked.if_range]
    assert {(asked.start, asked.if_range) for asked in continued} == {(50_128, '"one"')}
    assert len(continued) == 4


def test_with_a_full_disk_it_says_so_and_a_later_call_completes(
    all_classes: Source, tmp_path: Path
) -> None:
    full = subprocess.run(
        command(tmp_path, all_classes.url),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (90_000, 90_000)),
    )
    assert full.returncode == 1
    assert "check that the disk has free space" in full.stderr
    assert full.stderr.count("\n") == 1
    assert list(tmp_path.glob("*.npy")) == []
    subprocess.run(command(tmp_path, all_classes.url), check=True, capture_output=True)
    folder_is_right(tmp_path, ROWS)


def test_it_keeps_its_flags_and_says_what_it_has_fetched(
    all_classes: Source, tmp_path: Path
) -> None:
    environment = os.environ | {"REDRAW_SOURCE_URL": all_classes.url}
    words = [
        sys.executable,
        "-m",
        "service.cli",
        "download",
        "--out",
        str(tmp_path / "raw"),
        "--samples-per-class",
        "50",
    ]
    called = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)
    folder_is_right(tmp_path / "raw", 50)
    assert "1,000 drawings in 20 files" in called.stdout
