"""What differs between machines is recorded once for a run, without secrets."""

import json
from pathlib import Path

import pytest

from pipeline.adapters.memory import MemoryArtefacts
from pipeline.errors import InvalidSettings
from pipeline.lineage.origin import apply_settings, describe_origin, record_origin
from pipeline.settings import RecipeName, Settings

SECRETS = {"api_key": "an-api-key-for-tests", "player_key": "a-player-key-for-tests"}


def test_what_was_recorded_first_stays(artefacts: MemoryArtefacts, settings: Settings) -> None:
    first = record_origin("run-1", artefacts, settings)
    other = settings.with_changes(fit={"answer_weight": 9.0}, code_revision="other")
    assert record_origin("run-1", artefacts, other) == first
    assert first.settings["fit"]["answer_weight"] == 5.0


def test_recorded_settings_replace_those_that_decide_and_no_others(settings: Settings) -> None:
    there = settings.with_changes(
        fit={"answer_weight": 9.0}, seed=7, recipe=RecipeName.BEST, data_dir=Path("there")
    )
    recorded = json.loads(describe_origin(there).model_dump_json())["settings"]
    here = settings.with_changes(data_dir=Path("here"), seed=1)
    assert apply_settings(here, recorded) == there.with_changes(data_dir=Path("here"))


@pytest.mark.parametrize(
    "recorded", [{"magic": 1}, {"seed": "many"}, {"fit": {"magic": 1}}, {"api_key": "x"}]
)
def test_settings_that_this_redraw_does_not_have_are_refused(
    settings: Settings, recorded: dict[str, object]
) -> None:
    with pytest.raises(InvalidSettings, match="does not fit this Redraw"):
        apply_settings(settings, recorded)


def test_no_secret_is_recorded(artefacts: MemoryArtefacts) -> None:
    record_origin("run-1", artefacts, Settings(_env_file=None, **SECRETS))  # type: ignore[arg-type, call-arg]
    (stored,) = artefacts.objects.values()
    assert not [secret for secret in SECRETS.values() if secret.encode() in stored]
