"""The drawings of the demo: downloaded, or sketches if the source fails, with a message."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.cli import raw_drawings as module
from service.cli.raw_drawings import find_or_make_drawings
from tests.unit.quickdraw._source import NAMES, Request, Source, npy, only_for, rows_of


@pytest.fixture(autouse=True)
def short_limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def sketch(folder: Path, rows: int, *_: Any, categories: Any) -> None:
        folder.mkdir(parents=True)
        for name in categories:
            np.save(folder / f"{name}.npy", np.zeros((rows, 784), np.uint8))

    monkeypatch.setattr(module, "write_sketches", sketch)
    monkeypatch.setattr(
        module, "SHORT_LIMITS", module.SHORT_LIMITS._replace(silence=0.2, pause=0.01)
    )
    return


def read_output(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


BAD: dict[str, Callable[[Request], bool]] = {
    "HTML": lambda request: request.reply(200, b"<html>Sign in</html>", Content_Type="text/html"),
    "500": lambda request: request.reply(500),
    "404": lambda request: request.reply(404),
}


@pytest.mark.parametrize("answer", BAD.values(), ids=BAD)
def test_a_source_without_drawings_means_sketches_with_a_message(
    answer: Callable[[Request], bool],
    source: Source,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    source.misbehave = answer
    assert find_or_make_drawings(tmp_path, source.url, NAMES) == tmp_path / "sketches"
    output = read_output(capsys)
    assert "gives no drawings within 3 seconds" in output
    assert "using synthetic sketches instead" in output


def test_a_silent_source_is_not_waited_for(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()
    source.misbehave = lambda request: over.wait(60)
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.2)
    assert find_or_make_drawings(tmp_path, source.url, NAMES) == tmp_path / "sketches"
    over.set()


def test_a_source_that_breaks_down_later_means_sketches_with_the_reason(
    source: Source, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source.misbehave = only_for("moon", lambda request: request.for_rows() and request.reply(503))
    assert find_or_make_drawings(tmp_path, source.url, NAMES) == tmp_path / "sketches"
    assert "moon.npy answers 503" in read_output(capsys)


def test_a_source_that_answers_gives_the_drawings_and_at_most_2000_of_a_class(
    source: Source, tmp_path: Path
) -> None:
    source.files["apple"] = npy(rows_of("apple", 2100))
    assert find_or_make_drawings(tmp_path, source.url, NAMES) == tmp_path / "quickdraw"
    assert np.load(tmp_path / "quickdraw" / "apple.npy").shape == (2000, 784)


def test_a_second_demo_uses_what_was_downloaded_without_a_request(
    source: Source, tmp_path: Path
) -> None:
    find_or_make_drawings(tmp_path, source.url, NAMES)
    source.requests.clear()
    assert find_or_make_drawings(tmp_path, source.url, NAMES) == tmp_path / "quickdraw"
    assert source.requests == []


def test_a_second_demo_uses_its_sketches_even_if_the_source_answers_by_now(
    source: Source, tmp_path: Path
) -> None:
    find_or_make_drawings(tmp_path, "http://127.0.0.1:1", NAMES)
    assert find_or_make_drawings(tmp_path, source.url, NAMES) == tmp_path / "sketches"
    assert source.requests == []
