"""`redraw corrections` and `redraw decide`, over ports in memory."""

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emulator.players.canvases import canvas_png
from emulator.players.sketches import sketch_rows
from pipeline import bootstrap
from pipeline.bootstrap import in_memory
from pipeline.errors import Unavailable
from pipeline.records.corrections import CorrectionState, OwnerAction
from service.cli.commands.corrections import ACTIONS, STATES
from service.cli.main import main

CANVAS = canvas_png(sketch_rows("cat", 1, 0)[0].reshape(28, 28), np.random.default_rng(0))


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    ports = in_memory()
    monkeypatch.setattr(bootstrap, "connect", lambda settings: ports)
    return ports


@pytest.fixture
def put(ports: Any) -> Any:
    def write_document(name: str, reason: str = "no_class", **changes: Any) -> None:
        path = "drawings/corrections/d1.png"
        ports.artefacts.objects[path] = CANVAS
        fields = {
            "status": "quarantined",
            "correctedLabel": "cat",
            "userId": "pia@example.org",
            "imageStoragePath": path,
        }
        retraining = {"reason": reason, "explanation": "It shows no class."}
        ports.corrections.documents[name] = {**fields, "retraining": retraining, **changes}

    return write_document


@pytest.fixture
def redraw(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["redraw", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    return call


@pytest.mark.parametrize(
    "arguments",
    [
        ("decide",),
        ("decide", "c1"),
        ("decide", "c1", "delete"),
        ("decide", "c1", "relabel"),
        ("decide", "c1", "relabel", "--label", "unicorn"),
        ("decide", "c1", "accept", "--label", "cat"),
        ("decide", "c1", "refuse", "--label", "cat"),
        ("decide", "c1", "undo", "--label", "cat"),
        ("corrections", "--state", "lost"),
        ("corrections", "--limit", "0"),
        ("corrections", "--limit", "1001"),
    ],
)
def test_a_wrong_call_exits_with_2_and_decides_nothing(
    redraw: Any, ports: Any, put: Any, arguments: tuple[str, ...]
) -> None:
    put("c1")
    assert redraw(*arguments)[0] == 2
    assert ports.corrections.decisions(["c1"]) == {}


@pytest.mark.parametrize("word", ["c9", "%ff", "\udcff", "..", "a/b", "%2F"])
def test_an_id_of_no_correction_is_one_line_that_says_where_to_look(
    redraw: Any, ports: Any, word: str
) -> None:
    code, output = redraw("decide", word, "accept")
    assert (code, output.count("\n")) == (1, 1)
    assert "redraw corrections" in output


def test_a_decision_is_taken_back(redraw: Any, ports: Any, put: Any) -> None:
    put("c1")
    redraw("decide", "c1", "refuse")
    assert redraw("decide", "c1", "undo") == (
        0,
        "taken back: refuse, decided by command line\n",
    )
    assert ports.corrections.documents["c1"]["status"] == "quarantined"
    assert redraw("decide", "c1", "undo") == (
        0,
        "it is quarantined, and no decision was there to take back\n",
    )
    assert redraw("decide", "c9", "undo")[0] == 1


def test_what_waits_for_no_decision_is_one_line_that_says_what_it_is(redraw: Any, put: Any) -> None:
    put("c1", "blank", status="refused")
    assert redraw("decide", "c1", "accept") == (
        1,
        "redraw: this correction is refused (blank): it cannot be used\n",
    )


def test_while_storage_is_down_no_sheet_is_written(
    redraw: Any, ports: Any, put: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("c1")

    def read(path: str, max_bytes: int | None = None) -> bytes:
        raise Unavailable("Storage did not answer")

    monkeypatch.setattr(ports.artefacts, "read", read)
    assert redraw("corrections", "--sheet", tmp_path / "sheet.html")[0] == 1
    assert list(tmp_path.iterdir()) == []


def test_the_choices_are_those_of_the_records() -> None:
    assert set(STATES) == set(CorrectionState)
    assert set(ACTIONS) == set(OwnerAction)


@pytest.mark.parametrize("name", ["c1", "-x", "[red]", "a b", "~root", "é" * 750, "\x1b[2J\n\0"])
def test_an_id_as_the_table_shows_it_is_an_id_to_decide_on(
    redraw: Any, ports: Any, put: Any, name: str
) -> None:
    put(name)
    code, output = redraw("corrections")
    assert code == 0
    table = output[output.index("\u2500\n") :].splitlines()[1:-1]
    shown_id = "".join(line.split(maxsplit=1)[0] for line in table if line.strip())
    assert redraw("decide", shown_id, "relabel", "--label", "fish")[0] == 0
    decision = ports.corrections.decisions([name])[name]
    assert (decision.label, decision.by) == ("fish", "command line")


def test_no_text_of_a_player_s_moves_the_terminal_or_is_taken_for_markup(
    redraw: Any, put: Any
) -> None:
    put("c1", correctedLabel="[bold]\x1b[2J\u202e", originalPrediction="[/]")
    code, output = redraw("corrections")
    assert code == 0
    assert "[bold]" in output
    assert "[/]" in output
    assert not {"\x1b", "\u202e"} & set(output)


def test_a_listing_names_no_player(redraw: Any, put: Any, tmp_path: Path) -> None:
    put("c1")
    sheet = tmp_path / "sheet.html"
    assert "pia" not in redraw("corrections")[1]
    assert redraw("corrections", "--sheet", sheet)[0] == 0
    assert "pia" not in sheet.read_text()


def test_a_listing_is_of_one_state_and_one_reason_and_says_whether_there_are_more(
    redraw: Any, put: Any
) -> None:
    for name, reason in (("c1", "flood"), ("c2", "no_class"), ("c3", "flood")):
        put(name, reason)
    put("c4", "merged", status="merged")

    def ids(*arguments: object) -> list[str]:
        return re.findall(r"^(c\d)", redraw("corrections", *arguments)[1], re.MULTILINE)

    assert ids() == ["c1", "c2", "c3"]
    assert ids("--reason", "flood") == ["c1", "c3"]
    assert ids("--state", "merged") == ["c4"]
    assert "there are more: --after c2" in redraw("corrections", "--limit", 2)[1]
    assert ids("--limit", 2, "--after", "c2") == ["c3"]


def test_of_nothing_it_is_said_that_there_is_nothing(redraw: Any, ports: Any) -> None:
    assert redraw("corrections", "--reason", "flood") == (
        0,
        "no correction is quarantined for the reason flood\n",
    )


def test_a_sheet_is_one_page_with_the_drawings(redraw: Any, put: Any, tmp_path: Path) -> None:
    put("c1")
    put("c2", imageStoragePath="../../etc/passwd")
    code, output = redraw("corrections", "--sheet", tmp_path / "sheet.html")
    assert (code, "2 corrections" in output) == (0, True)
    page = (tmp_path / "sheet.html").read_text()
    assert (page.count("<img"), page.count("no drawing can be made")) == (1, 1)


def test_repeating_a_decision_says_the_same(redraw: Any, put: Any) -> None:
    put("c1")
    assert redraw("decide", "c1", "accept") == redraw("decide", "c1", "accept")
    assert redraw("decide", "c1", "accept")[1].startswith("accept, decided by command line on 2")


def status(ports: Any, name: str) -> Any:
    return ports.corrections.documents[name]["status"]


def test_refusals_of_one_reason_are_reopened(ports: Any, put: Any, redraw: Any) -> None:
    for name in ("a", "b"):
        put(name, reason="missing_image", status="refused")
    put("c", reason="blank", status="refused")
    assert redraw("corrections", "reopen", "--reason", "missing_image", "--limit", 1) == (
        0,
        "1 correction is pending again; more are refused for this reason: the same again\n",
    )
    redraw("corrections", "reopen", "--reason", "missing_image")
    assert redraw("corrections", "reopen", "--reason", "missing_image") == (
        0,
        "0 corrections are pending again\n",
    )
    assert [status(ports, name) for name in "abc"] == ["pending", "pending", "refused"]


def test_what_an_owner_refused_is_not_reopened_in_one_go(ports: Any, put: Any, redraw: Any) -> None:
    put("a", reason="owner", status="refused")
    code, output = redraw("corrections", "reopen", "--reason", "owner")
    assert (code, "redraw decide ID accept" in output, status(ports, "a")) == (1, True, "refused")


@pytest.mark.parametrize(
    ("value", "word"), [("new", "new"), ("Pending", "Pending"), (None, "null"), (True, "true"),
                        ("null", '"null"'), (1, "1")]
)  # fmt: skip
def test_corrections_of_a_foreign_status_are_adopted(
    ports: Any, put: Any, redraw: Any, value: Any, word: str
) -> None:
    put("a", status=value)
    put("b", status="another")
    assert redraw("corrections", "adopt", "--status", word) == (
        0,
        "1 correction is pending now\n",
    )
    assert [status(ports, name) for name in "ab"] == ["pending", "another"]


@pytest.mark.parametrize("state", list(CorrectionState))
def test_a_status_of_redraw_is_not_adopted(
    ports: Any, put: Any, redraw: Any, state: CorrectionState
) -> None:
    put("a", status=state.value)
    code, output = redraw("corrections", "adopt", "--status", state.value)
    assert (code, status(ports, "a")) == (1, state.value)
    assert "is a status that Redraw gives" in output
