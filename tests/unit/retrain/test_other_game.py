"""A whole run over the documents of another game, with canvases inside them."""

import base64
from dataclasses import replace
from typing import Any

from pipeline.adapters.memory_corrections import MemoryCorrections
from pipeline.corrections.game_schema import read_schema
from pipeline.records.runs import RunState
from tests._provenance import read_provenance
from tests.contract._other_game import GAME
from workers.execution import execute


def test_a_run_learns_from_a_game_that_knows_nothing_of_redraw(world: Any, quick: None) -> None:
    settings = world.settings.with_changes(game=GAME | {"player_placeholders": ["guest"]})
    objects = world.ports.artefacts.objects
    documents: dict[str, Any] = {}
    for name, fields in world.ports.corrections.documents.items():
        png = objects.pop(fields["imageStoragePath"], b"")
        documents[name] = {
            "targetCategory": fields["correctedLabel"],
            "aiPrediction": fields["originalPrediction"],
            "aiConfidence": f"{fields['confidence']:.0%}",
            "createdAt": fields["timestamp"].isoformat(),
            "usedForTraining": False,
            "canvas": f"data:image/png;base64,{base64.b64encode(png).decode()}",
            "userId": "guest",
        }
    documents["used"] = {**documents["c0000000000"], "usedForTraining": True}
    source = MemoryCorrections(documents, read_schema(settings.game, settings.categories))
    world = type(world)(replace(world.ports, corrections=source), settings)
    world.request()
    run = execute("run-1", world.ports, settings)

    assert run.state in {RunState.PROMOTED, RunState.HELD, RunState.REJECTED}, run.reason
    merged = read_provenance(settings.dataset_file).ids.tolist()
    assert sorted(merged) == sorted(
        name for name, fields in source.documents.items() if fields.get("status") == "merged"
    )
    assert merged
    assert "status" not in source.documents["used"]
    assert {
        fields["usedForTraining"]
        for name, fields in source.documents.items()
        if name not in {*merged, "used"}
    } == {False}
    assert {source.documents[name]["usedForTraining"] for name in merged} == {True}
