"""Bad answers of a source, from a real server: one clear line, tried again where that may help, no file under its name."""

import gzip
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.errors import InvalidRawDrawings, InvalidSettings, Unavailable
from service.cli.raw_drawings import answers_within
from tests.unit.quickdraw._source import (
    HURRIED,
    Asked,
    Source,
    folder_is_right,
    npy,
    only,
    rows_of,
)

HTML = b"<!doctype html><title>Sign in</title>" + b" " * 6000
BAD = {
    "not found": (lambda asked: asked.plainly(404), "not there"),
    "forbidden": (lambda asked: asked.plainly(403), "not public"),
    "gone": (lambda asked: asked.plainly(410), "not there"),
    "teapot": (lambda asked: asked.plainly(418), "answers 418"),
    "HTML": (lambda asked: asked.plainly(200, HTML, Content_Type="text/html"), r"no \.npy file but text/html"),
    "HTML behind a redirect": (
        lambda asked: (
            asked.plainly(200, HTML) if asked.handler.path == "/login" else asked.plainly(302, Location="/login")
        ),
        r"no \.npy file",
    ),
    "redirects without end": (lambda asked: asked.plainly(302, Location=asked.handler.path), "redirects"),
    "empty": (lambda asked: asked.plainly(200), r"no \.npy file"),
    "range not satisfiable": (lambda asked: asked.plainly(416), "shorter"),
    "compressed": (lambda asked: asked.plainly(200, gzip.compress(asked.data), Content_Encoding="gzip"), "compressed"),
    "other bytes than asked for": (
        lambda asked: asked.plainly(206, asked.data, Content_Range=f"bytes 7-{len(asked.data) - 1}/{len(asked.data)}"),
        "other bytes",
    ),
    "a part of nothing": (lambda asked: asked.plainly(206, asked.data), "other bytes"),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "words"), BAD.values(), ids=BAD)
def test_a_bad_answer_is_one_clear_line_and_no_file_gets_its_name(
    answer: Any, words: str, source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    source.misbehave = lambda asked: asked.name in {"moon", "/login"} and answer(asked)
    with pytest.raises(InvalidRawDrawings, match=words) as refused:
        fetch()
    assert "\n" not in str(refused.value)
    assert "moon.npy" in str(refused.value)
    assert list((tmp_path / "raw").iterdir()) == []


SOUND = npy(rows_of("moon", 60))
WRONG = {
    "floats": npy(np.zeros((30, 784), np.float32)),
    "signed": npy(np.zeros((30, 784), np.int8)),
    "other width": npy(np.zeros((30, 783), np.uint8)),
    "square": npy(np.zeros((30, 28, 28), np.uint8)),
    "flat": npy(np.zeros(30 * 784, np.uint8)),
    "no rows": npy(np.zeros((0, 784), np.uint8)),
    "by column": npy(np.asfortranarray(rows_of("moon", 30))),
    "pickled": npy(np.array([{}] * 30, object)),
    "cut in the header": SOUND[:50],
    "shorter than its header says": SOUND[:-1],
    "longer than its header says": SOUND + b"\0",
    "unknown version": SOUND[:6] + b"\7" + SOUND[7:],
    "open bracket": SOUND.replace(b"(60, 784), }", b"(60, 784    "),
    "endless header": SOUND[:8] + b"\xff\xff" + b" " * 70_000,
}


@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG)
def test_a_file_that_is_no_uint8_n_784_is_refused_before_any_rows_are_fetched(
    data: bytes, source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    source.files["moon"] = data
    with pytest.raises(InvalidRawDrawings, match=r"moon\.npy") as refused:
        fetch()
    assert "\n" not in str(refused.value)
    assert not any(asked.for_rows() for asked in source.asked)
    assert list((tmp_path / "raw").iterdir()) == []


@pytest.mark.parametrize("code", [408, 429, 500, 503])
def test_a_server_in_trouble_is_asked_a_few_times_and_then_given_up(
    code: int, source: Source, fetch: Callable[..., Any]
) -> None:
    source.misbehave = only("moon", lambda asked: asked.plainly(code))
    with pytest.raises(Unavailable, match=rf"moon\.npy answers {code}.*again later"):
        fetch()
    assert len(source.of("moon")) == HURRIED.attempts


def test_a_refusal_for_good_is_not_tried_again(source: Source, fetch: Callable[..., Any]) -> None:
    source.misbehave = only("moon", lambda asked: asked.plainly(404))
    with pytest.raises(InvalidRawDrawings):
        fetch()
    assert len(source.of("moon")) == 1


def test_trouble_that_passes_is_not_noticed(
    source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    source.misbehave = lambda asked: asked.nth in {0, 1, 3} and asked.plainly(500)
    fetch()
    folder_is_right(tmp_path / "raw")


def test_nobody_listening_is_one_line_that_says_what_to_do(fetch: Callable[..., Any]) -> None:
    with pytest.raises(
        Unavailable, match=r"127\.0\.0\.1:1/x/apple\.npy cannot be reached .*online and run again"
    ):
        fetch(source="http://127.0.0.1:1/x")


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "http://host:port", "nonsense"])
def test_an_address_that_is_none_is_refused(url: str, fetch: Callable[..., Any]) -> None:
    with pytest.raises(InvalidRawDrawings, match="see that --from is right"):
        fetch(source=url)


@pytest.mark.parametrize("proxy", ["nonsense://127.0.0.1:1", "socks5://127.0.0.1:1"])
def test_a_proxy_that_cannot_be_used_is_one_line(
    proxy: str, fetch: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(InvalidSettings, match="ALL_PROXY") as refused:
        fetch()
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("at", ["header", "rows"])
def test_a_socket_that_falls_silent_is_given_up(
    at: str, source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    over = threading.Event()

    def stall(asked: Asked) -> bool:
        if asked.for_rows() != (at == "rows"):
            return False
        asked.head(200, Content_Length=len(asked.data), ETag='"one"')
        asked.body(asked.data[:40])
        over.wait(60)
        return True

    source.misbehave = only("moon", stall)
    with pytest.raises(Unavailable, match="sends nothing more"):
        fetch(limits=HURRIED._replace(silence=0.1))
    over.set()
    assert not (tmp_path / "raw" / "moon.npy").exists()


def test_a_socket_that_drips_is_given_up(source: Source, fetch: Callable[..., Any]) -> None:
    over = threading.Event()

    def drip(asked: Asked) -> bool:
        if not asked.for_rows():
            return False
        asked.head(200, Content_Length=len(asked.data), ETag='"one"')
        while not over.wait(0.02):
            asked.body(b"\x93")
        return True

    source.misbehave = only("moon", drip)
    with pytest.raises(Unavailable, match=r"sent \d+ bytes in"):
        fetch(limits=HURRIED._replace(slow=0.2, attempts=1))
    over.set()


def test_a_source_answers_when_it_gives_a_good_header(source: Source) -> None:
    assert answers_within(30, source.url)


@pytest.mark.parametrize(
    "answer",
    [
        lambda asked: asked.plainly(404),
        lambda asked: asked.plainly(200, HTML),
        lambda asked: asked.plainly(500),
    ],
)
def test_a_source_that_answers_something_else_does_not_count(
    answer: Callable[[Asked], bool], source: Source
) -> None:
    source.misbehave = answer
    assert not answers_within(30, source.url)


def test_a_source_that_nobody_serves_does_not_answer() -> None:
    assert not answers_within(30, "http://127.0.0.1:1")


def test_a_source_that_accepts_and_says_nothing_is_not_waited_for(source: Source) -> None:
    over = threading.Event()
    source.misbehave = lambda asked: over.wait(60)
    assert not answers_within(0.2, source.url)
    over.set()


def test_a_name_that_is_looked_up_for_ever_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over = threading.Event()

    def never(*_: object, **__: object) -> None:
        over.wait(60)
        raise OSError

    monkeypatch.setattr("socket.getaddrinfo", never)
    assert not answers_within(0.2, "http://nowhere.invalid")
    over.set()
