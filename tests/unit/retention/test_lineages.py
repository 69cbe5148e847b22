"""The lineage of a withdrawn version stays when its other files go."""

from pipeline.retention.clean import plan_project
from pipeline.storage_paths import lineage_path
from pipeline.versions.contents import list_files
from tests._small_model import make_model
from tests.unit.lineage._lineages import make_lineage
from tests.unit.retention._projects import NOW, SETTINGS, WHY, make_project, objects_of
from tests.unit.versions._publishing import EVALUATION, POLICY, publish_in


def test_what_a_withdrawn_version_learned_from_is_still_told() -> None:
    ports = make_project(1)
    lineage = make_lineage("", "v1.0.1", {"train": 1}, fitted=1)
    files = list_files(make_model(), EVALUATION, POLICY, lineage=lineage)
    version = publish_in(ports, run_id="run-2", parent="v1.0.1", baseline="v1.0.0", files=files)
    ports.models.withdraw(version.version, **WHY)
    gone = {each.path for each in plan_project(ports, SETTINGS, NOW).deletions}
    left = objects_of(ports, f"models/production/{version.version}/") - gone
    assert left == {lineage_path(version.version)}
