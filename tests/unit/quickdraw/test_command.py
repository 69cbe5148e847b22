"""`redraw download` as a process: killed, interrupted, with a full disk, or called wrongly."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipeline.categories import CATEGORIES, source_name
from service.cli.main import main
from tests.unit.quickdraw._source import Request, Source, npy, rows_of, serving

ROWS = 200
# A `preexec_fn` would fork this process, and gRPC's threads in it can make that wait for ever.
SMALL_DISK = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (90_000, 90_000))
os.execv(sys.argv[1], sys.argv[1:])
"""


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


def assert_complete(folder: Path, rows: int) -> None:
    assert {path.name for path in folder.iterdir()} == {f"{name}.npy" for name in CATEGORIES} | {
        "downloaded.json"
    }
    for name in CATEGORIES:
        assert np.array_equal(np.load(folder / f"{name}.npy"), rows_of(name, ROWS)[:rows])


@pytest.mark.parametrize(
    "wrong", [["--from", "ftp://x"], ["--samples-per-class", "0"], ["--no-such"]]
)
def test_a_wrong_call_exits_with_2(
    wrong: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In this process: one of its own takes a second to start.
    arguments = command(tmp_path, "http://127.0.0.1:1")[3:]
    monkeypatch.setattr(sys, "argv", ["redraw", *arguments, *wrong])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2


@pytest.mark.slow
def test_a_failure_is_one_line_and_exits_with_1(all_classes: Source, tmp_path: Path) -> None:
    del all_classes.files["moon"]
    result = subprocess.run(
        command(tmp_path, all_classes.url), capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert result.stderr.startswith(f"redraw: {all_classes.url}/moon.npy is not there")
    assert result.stderr.count("\n") == 1


@pytest.mark.slow
def test_killed_in_the_middle_it_goes_on_where_it_was(all_classes: Source, tmp_path: Path) -> None:
    over, half = threading.Event(), threading.Semaphore(0)

    def stop_half_way(request: Request) -> bool:
        if not request.for_rows():
            return False
        data = request.data[128:]
        request.head(
            206,
            Content_Length=len(data),
            Content_Range=f"bytes 128-{len(request.data) - 1}/{len(request.data)}",
            ETag='"one"',
        )
        request.body(data[:50_000])
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

    all_classes.misbehave = lambda request: False
    all_classes.requests.clear()
    subprocess.run(command(tmp_path, all_classes.url), check=True, capture_output=True)

    assert_complete(tmp_path, ROWS)
    continued = [request for request in all_classes.requests if request.if_range]
    assert {(request.start, request.if_range) for request in continued} == {(50_128, '"one"')}
    assert len(continued) == 4


@pytest.mark.slow
def test_interrupted_while_the_source_is_silent_it_ends_at_once(
    all_classes: Source, tmp_path: Path
) -> None:
    over, stalled = threading.Event(), threading.Semaphore(0)

    def stall(request: Request) -> bool:
        if not request.for_rows():
            return False
        stalled.release()
        over.wait(60)
        return True

    all_classes.misbehave = stall
    interrupted = subprocess.Popen(command(tmp_path, all_classes.url), stderr=subprocess.DEVNULL)
    for _ in range(4):
        assert stalled.acquire(timeout=60)
    interrupted.send_signal(signal.SIGINT)
    assert interrupted.wait(15) == 130  # less than the 20 seconds that it waits for the source
    over.set()


@pytest.mark.slow
def test_with_a_full_disk_it_says_so_and_a_later_call_completes(
    all_classes: Source, tmp_path: Path
) -> None:
    full = subprocess.run(
        [sys.executable, "-c", SMALL_DISK, *command(tmp_path, all_classes.url)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert full.returncode == 1
    assert "check that the disk has free space" in full.stderr
    assert full.stderr.count("\n") == 1
    assert list(tmp_path.glob("*.npy")) == []
    subprocess.run(command(tmp_path, all_classes.url), check=True, capture_output=True)
    assert_complete(tmp_path, ROWS)


@pytest.mark.slow
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
    result = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)
    assert_complete(tmp_path / "raw", 50)
    assert "1,000 drawings in 20 files" in result.stdout
