"""Which ids the log names, and where."""

import threading

import pytest

from pipeline.logs.context import (
    current_ids,
    forget_ids,
    log_context,
    name_correction,
    note_ids,
)
from service.backends.single_flight import run_in_thread


def test_a_block_adds_ids_and_takes_them_away_again() -> None:
    with log_context(request_id="r"):
        with log_context(run_id="run-1", correction_id=None):
            assert current_ids() == {"request_id": "r", "run_id": "run-1"}
        assert current_ids() == {"request_id": "r"}
    assert current_ids() == {}


def test_they_are_taken_away_after_an_error_too() -> None:
    with pytest.raises(ValueError, match="x"), log_context(run_id="run-1"):
        raise ValueError("x")
    assert current_ids() == {}


def test_threads_of_backends_name_what_they_work_for() -> None:
    with log_context(request_id="r"):
        assert run_in_thread(current_ids).result() == {"request_id": "r"}


def test_other_threads_do_not() -> None:
    found = []
    with log_context(request_id="r"):
        thread = threading.Thread(target=lambda: found.append(dict(current_ids())))
        thread.start()
        thread.join()
    assert found == [{}]


def test_noted_ids_stay_until_they_are_forgotten() -> None:
    note_ids(run_id="run-1")
    note_ids(task="redraw.check")
    assert current_ids() == {"run_id": "run-1", "task": "redraw.check"}
    forget_ids()
    assert current_ids() == {}


def test_other_names_are_a_mistake() -> None:
    with pytest.raises(TypeError, match="player"):
        note_ids(player="pia")


def test_ids_that_a_game_may_have_chosen_are_not_seen() -> None:
    assert name_correction("0Ab1Cd2Ef3Gh4Ij5Kl6M") == "0Ab1Cd2Ef3Gh4Ij5Kl6M"
    assert "pia" not in name_correction("pia@example.org")
    assert name_correction("pia-1") != name_correction("pia-2")
