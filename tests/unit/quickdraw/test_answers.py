"""Wrong answers of a source: one clear line, a retry where it may help, and no file."""

import gzip
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.errors import InvalidRawDrawings, InvalidSettings, Unavailable
from service.cli.raw_drawings import answers_within
from tests.unit.quickdraw._source import (
    SHORT_LIMITS,
    Request,
    Source,
    assert_complete,
    npy,
    only_for,
    rows_of,
)

HTML = b"<!doctype html><title>Sign in</title>" + b" " * 6000


def redirect_to_login(request: Request) -> bool:
    if request.handler.path == "/login":
        return request.reply(200, HTML)
    return request.reply(302, Location="/login")


def send_other_range(request: Request) -> bool:
    size = len(request.data)
    return request.reply(206, request.data, Content_Range=f"bytes 7-{size - 1}/{size}")


BAD = {
    "not found": (lambda request: request.reply(404), "not there"),
    "forbidden": (lambda request: request.reply(403), "not public"),
    "gone": (lambda request: request.reply(410), "not there"),
    "teapot": (lambda request: request.reply(418), "answers 418"),
    "HTML": (
        lambda request: request.reply(200, HTML, Content_Type="text/html"),
        r"no \.npy file but text/html",
    ),
    "HTML behind a redirect": (redirect_to_login, r"no \.npy file"),
    "redirects without end": (
        lambda request: request.reply(302, Location=request.handler.path),
        "redirects",
    ),
    "empty": (lambda request: request.reply(200), r"no \.npy file"),
    "range not satisfiable": (lambda request: request.reply(416), "shorter"),
    "compressed": (
        lambda request: request.reply(200, gzip.compress(request.data), Content_Encoding="gzip"),
        "compressed",
    ),
    "other bytes than requested": (send_other_range, "other bytes"),
    "a part of nothing": (lambda request: request.reply(206, request.data), "other bytes"),
}


@pytest.mark.parametrize(("answer", "words"), BAD.values(), ids=BAD)
def test_a_bad_answer_is_one_clear_line_and_no_file_gets_its_name(
    answer: Any, words: str, source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    source.misbehave = lambda request: request.name in {"moon", "/login"} and answer(request)
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
    assert not any(request.for_rows() for request in source.requests)
    assert list((tmp_path / "raw").iterdir()) == []


@pytest.mark.parametrize("code", [408, 429, 500, 503])
def test_a_failing_server_is_tried_a_few_times_and_then_given_up(
    code: int, source: Source, fetch: Callable[..., Any]
) -> None:
    source.misbehave = only_for("moon", lambda request: request.reply(code))
    with pytest.raises(Unavailable, match=rf"moon\.npy answers {code}.*again later"):
        fetch()
    assert len(source.requests_for("moon")) == SHORT_LIMITS.attempts


def test_a_permanent_refusal_is_not_tried_again(source: Source, fetch: Callable[..., Any]) -> None:
    source.misbehave = only_for("moon", lambda request: request.reply(404))
    with pytest.raises(InvalidRawDrawings):
        fetch()
    assert len(source.requests_for("moon")) == 1


def test_a_passing_fault_does_not_end_the_download(
    source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    source.misbehave = lambda request: request.nth in {0, 1, 3} and request.reply(500)
    fetch()
    assert_complete(tmp_path / "raw")


def test_a_refused_connection_is_one_line_that_says_what_to_do(fetch: Callable[..., Any]) -> None:
    with pytest.raises(
        Unavailable, match=r"127\.0\.0\.1:1/x/apple\.npy cannot be reached .*online and run again"
    ):
        fetch(source="http://127.0.0.1:1/x")


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "http://host:port", "nonsense"])
def test_a_wrong_address_is_refused(url: str, fetch: Callable[..., Any]) -> None:
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


@pytest.mark.parametrize("stage", ["header", "rows"])
def test_a_socket_that_falls_silent_is_given_up(
    stage: str, source: Source, fetch: Callable[..., Any], tmp_path: Path
) -> None:
    over = threading.Event()

    def stall(request: Request) -> bool:
        if request.for_rows() != (stage == "rows"):
            return False
        request.head(200, Content_Length=len(request.data), ETag='"one"')
        request.body(request.data[:40])
        over.wait(60)
        return True

    source.misbehave = only_for("moon", stall)
    with pytest.raises(Unavailable, match="sends nothing more"):
        fetch(limits=SHORT_LIMITS._replace(silence=0.1))
    over.set()
    assert not (tmp_path / "raw" / "moon.npy").exists()


def test_the_error_of_one_file_ends_the_others_at_once(
    source: Source, fetch: Callable[..., Any]
) -> None:
    over, stalled = threading.Event(), threading.Event()

    def misbehave(request: Request) -> bool:
        if not request.for_rows():
            return False
        if request.name == "moon":
            stalled.wait(30)
            return request.reply(404)
        request.head(200, Content_Length=len(request.data), ETag='"one"')
        stalled.set()
        over.wait(120)
        return True

    source.misbehave = misbehave
    began = time.monotonic()
    with pytest.raises(InvalidRawDrawings, match=r"moon\.npy is not there"):
        fetch(limits=SHORT_LIMITS._replace(silence=300, slow=300))
    assert stalled.is_set()
    assert time.monotonic() - began < 60
    over.set()


def test_a_socket_that_drips_is_given_up(source: Source, fetch: Callable[..., Any]) -> None:
    over = threading.Event()

    def drip(request: Request) -> bool:
        if not request.for_rows():
            return False
        request.head(200, Content_Length=len(request.data), ETag='"one"')
        while not over.wait(0.02):
            request.body(b"\x93")
        return True

    source.misbehave = only_for("moon", drip)
    with pytest.raises(Unavailable, match=r"sent \d+ bytes in"):
        fetch(limits=SHORT_LIMITS._replace(slow=0.2, attempts=1))
    over.set()


def test_a_source_answers_when_it_gives_a_good_header(source: Source) -> None:
    assert answers_within(30, source.url, "apple")


@pytest.mark.parametrize(
    "answer",
    [
        lambda request: request.reply(404),
        lambda request: request.reply(200, HTML),
        lambda request: request.reply(500),
    ],
)
def test_a_source_that_answers_something_else_does_not_count(
    answer: Callable[[Request], bool], source: Source
) -> None:
    source.misbehave = answer
    assert not answers_within(30, source.url, "apple")


def test_a_source_without_a_server_does_not_answer() -> None:
    assert not answers_within(30, "http://127.0.0.1:1", "apple")


def test_a_source_that_accepts_and_says_nothing_is_not_waited_for(source: Source) -> None:
    over = threading.Event()
    source.misbehave = lambda request: over.wait(60)
    assert not answers_within(0.2, source.url, "apple")
    over.set()


def test_a_name_that_is_looked_up_for_ever_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over = threading.Event()

    def never(*_: object, **__: object) -> None:
        over.wait(60)
        raise OSError

    monkeypatch.setattr("socket.getaddrinfo", never)
    assert not answers_within(0.2, "http://nowhere.invalid", "apple")
    over.set()
