"""The local data set, deleted while a run goes on, is fetched again, and the run ends the same."""

import shutil
from collections.abc import Callable
from typing import Any

import pytest

from pipeline import publishing
from pipeline import retrain as story
from pipeline.dataset import hdf5
from pipeline.errors import DatasetMissing
from pipeline.fit import champion
from pipeline.gate import judge
from pipeline.records.runs import RunState
from pipeline.screening import screen
from tests.unit.retrain._gate import deciding
from tests.unit.retrain._watched import ended
from workers.execution import execute


@pytest.fixture
def promoting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judge.decide, "decide", deciding(RunState.PROMOTED, "better"))


def delete_before(
    monkeypatch: pytest.MonkeyPatch, world: Any, where: Any, name: str, times: int = 1
) -> list[str]:
    """Delete the data set before the first calls of a function; return the names of the calls."""
    work, calls = getattr(where, name), []

    def delete_and_work(*args: Any, **options: Any) -> Any:
        calls.append(name)
        if len(calls) <= times:
            world.settings.dataset_file.unlink()
        return work(*args, **options)

    monkeypatch.setattr(where, name, delete_and_work)
    return calls


@pytest.mark.slow
@pytest.mark.parametrize(
    ("where", "name"),
    [
        (screen, "load_or_train_referee"),
        (story, "merge_harvest"),  # between two steps
        (story, "load_champion"),
        (champion.challenger, "fit_challenger"),  # in the middle of the fit
        (story, "judge_challenger"),
        (judge, "judge"),  # in the middle of judging
        (publishing, "calibrate_asking"),
        (story, "publish_challenger"),
        (story, "settle"),
    ],
)
@pytest.mark.usefixtures("promoting")
def test_a_deleted_data_set_is_fetched_again_and_the_run_ends_as_an_undisturbed_one(
    fresh_world: Callable[[], Any],
    monkeypatch: pytest.MonkeyPatch,
    remembered: dict[Any, Any],
    where: Any,
    name: str,
) -> None:
    world = fresh_world()
    if "undisturbed" not in remembered:
        undisturbed = fresh_world()
        execute("run-1", undisturbed.ports, undisturbed.settings)
        remembered["undisturbed"] = ended(undisturbed)
    calls = delete_before(monkeypatch, world, where, name)
    run = execute("run-1", world.ports, world.settings)
    assert run.state is RunState.PROMOTED, run.reason
    assert calls
    assert ended(world) == remembered["undisturbed"]


def test_a_whole_data_folder_that_is_deleted_comes_back(
    fresh_world: Callable[[], Any], promoting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = fresh_world()
    judge_challenger = story.judge_challenger

    def delete_all(*args: Any) -> Any:
        shutil.rmtree(world.settings.data_dir, ignore_errors=True)
        return judge_challenger(*args)

    monkeypatch.setattr(story, "judge_challenger", delete_all)
    run = execute("run-1", world.ports, world.settings)
    assert run.state is RunState.PROMOTED, run.reason


def test_a_data_set_that_is_deleted_again_and_again_leaves_the_run_to_a_later_attempt(
    fresh_world: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    world = fresh_world()
    with monkeypatch.context() as patch:
        patched: Any = patch
        delete_before(patched, world, champion.challenger, "fit_challenger", times=99)
        with pytest.raises(DatasetMissing, match="a run fetches it"):
            execute("run-1", world.ports, world.settings)
    assert not world.ports.runs.get("run-1").state.ended
    assert execute("run-1", world.ports, world.settings, early=True).state.ended
    assert hdf5.describe(world.settings.dataset_file).revision == 1
