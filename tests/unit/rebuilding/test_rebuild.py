"""A version is rebuilt from Storage alone, byte for byte, and what differs is named."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pipeline.canonical_json import dump_json
from pipeline.dataset.additions import dump_additions, load_additions
from pipeline.errors import InvalidSettings, NotRebuildable
from pipeline.log_paths import additions_path
from pipeline.rebuilding.rebuild import Rebuilt
from pipeline.storage_paths import EDITION_MARK

# Two runs are executed and published before any of these.
pytestmark = pytest.mark.slow

FOLDER = "models/production/v1.0.1"
REVISION = "datasets/quickdraw_20cat/revisions/000001.npz"


def differing(report: Rebuilt) -> dict[str, str]:
    return {found.name: "; ".join(found.problems) for found in report.findings if found.problems}


def edit_lineage(copied: Any, change: Callable[[dict[str, Any]], None]) -> None:
    fields = json.loads(copied.objects[f"{FOLDER}/lineage.json"])
    change(fields)
    copied.objects[f"{FOLDER}/lineage.json"] = dump_json(fields)


def test_a_version_is_rebuilt_byte_for_byte_on_an_empty_machine(copied: Any) -> None:
    before = dict(copied.objects)
    report = copied.rebuild()
    assert differing(report) == {}
    assert report.equal
    stored = {path.rpartition("/")[2] for path in before if path.startswith(f"{FOLDER}/")}
    assert {found.name for found in report.findings} >= stored
    for name in stored:
        assert (copied.folder / "v1.0.1" / name).read_bytes() == before[f"{FOLDER}/{name}"]
    assert (copied.folder / "v1.0.1/quickdraw_20cat.h5").exists()
    assert copied.objects == before
    assert not copied.settings.data_dir.exists()


def test_a_version_without_published_guesses_is_rebuilt_as_it_was(copied: Any) -> None:
    manifest = json.loads(copied.objects[f"{FOLDER}/manifest.json"])
    manifest["files"] = [file for file in manifest["files"] if "guesses" not in file["path"]]
    copied.objects[f"{FOLDER}/manifest.json"] = dump_json(manifest)
    del copied.objects[f"{FOLDER}/guesses.npz"]
    report = copied.rebuild()
    assert differing(report) == {}
    assert report.equal


def test_a_later_version_is_rebuilt_from_its_parent_although_newer_revisions_exist(
    copied: Any,
) -> None:
    report = copied.rebuild("v1.0.2")
    assert differing(report) == {}
    assert report.ancestors == []


def test_the_first_baseline_is_measured_again_from_its_recorded_weights(copied: Any) -> None:
    report = copied.rebuild("v1.0.0")
    assert differing(report) == {}
    assert any("the weights" in text for text in report.taken)


def test_a_new_baseline_is_judged_again_from_its_recorded_weights(copied: Any) -> None:
    report = copied.rebuild("v1.1.0")
    assert differing(report) == {}
    assert {"report.html", "metadata.json"} <= {found.name for found in report.findings}
    assert any("the weights" in text for text in report.taken)


def test_a_head_on_a_new_baseline_is_rebuilt_from_that_one(copied: Any) -> None:
    report = copied.rebuild("v1.1.1")
    assert differing(report) == {}
    assert not any("the weights" in text for text in report.taken)


def test_a_parent_that_storage_has_lost_is_rebuilt_first(copied: Any) -> None:
    del copied.objects[f"{FOLDER}/quickdraw_v1.0.1.h5"]
    del copied.objects[f"{FOLDER}/metadata.json"]
    report = copied.rebuild("v1.0.2")
    assert differing(report) == {}
    assert report.ancestors == ["v1.0.1"]


def test_a_lost_baseline_cannot_be_rebuilt_and_is_named(copied: Any) -> None:
    del copied.objects["models/production/v1.0.0/quickdraw_v1.0.0.h5"]
    with pytest.raises(NotRebuildable, match=r"quickdraw_v1\.0\.0\.h5 is lost.*is a baseline"):
        copied.rebuild()


def test_without_its_lineage_a_version_cannot_be_rebuilt(copied: Any) -> None:
    del copied.objects[f"{FOLDER}/lineage.json"]
    with pytest.raises(NotRebuildable, match=r"lineage\.json is missing"):
        copied.rebuild()


def test_a_lineage_that_is_none_is_named(copied: Any) -> None:
    copied.objects[f"{FOLDER}/lineage.json"] = b"{}"
    with pytest.raises(NotRebuildable, match=r"lineage\.json cannot be read"):
        copied.rebuild()


@pytest.mark.parametrize("byte", [100, -60])
def test_a_changed_byte_in_a_revision_is_named(copied: Any, byte: int) -> None:
    copied.flip(REVISION, byte)
    with pytest.raises(NotRebuildable, match=r"revisions/000001\.npz|digest"):
        copied.rebuild()


def test_a_lost_revision_is_named(copied: Any) -> None:
    del copied.objects[REVISION]
    with pytest.raises(NotRebuildable, match=r"revisions/000001\.npz is missing"):
        copied.rebuild()


def test_a_changed_byte_in_the_parent_s_model_is_named(copied: Any) -> None:
    copied.flip("models/production/v1.0.0/quickdraw_v1.0.0.h5", -1)
    with pytest.raises(NotRebuildable, match=r"quickdraw_v1\.0\.0\.h5 is lost or changed"):
        copied.rebuild()


def test_a_changed_weight_in_storage_is_named_with_its_array(copied: Any) -> None:
    data = copied.objects[f"{FOLDER}/quickdraw_v1.0.1.h5"]
    copied.flip(f"{FOLDER}/quickdraw_v1.0.1.h5", data.index(_bias(data)))
    found = differing(copied.rebuild())
    assert set(found) == {"quickdraw_v1.0.1.h5"}
    assert "was changed" in found["quickdraw_v1.0.1.h5"]
    assert "dense/bias: 1 of 20 numbers differ" in found["quickdraw_v1.0.1.h5"]


def _bias(data: bytes) -> bytes:
    from pipeline.model.file import read_predictor

    return read_predictor(data).head_bias.tobytes()


def test_another_setting_in_the_lineage_changes_the_head_and_all_that_follows(copied: Any) -> None:
    edit_lineage(copied, lambda fields: fields["settings"]["fit"].update(answer_weight=9.0))
    found = differing(copied.rebuild())
    assert "numbers differ, by" in found["head"]
    assert "fit.weight: 5.0 recorded, 9.0 rebuilt" in found["lineage.json"]
    assert {"quickdraw_v1.0.1.h5", "metadata.json", "manifest.json"} <= set(found)


def test_a_changed_fact_in_the_lineage_is_named(copied: Any) -> None:
    edit_lineage(copied, lambda fields: fields["fit"].update(answers=7))
    found = differing(copied.rebuild())
    assert "was changed" in found["lineage.json"]
    assert "fit.answers: 7 recorded, 21 rebuilt" in found["lineage.json"]
    assert "head" not in found


def test_a_setting_that_this_redraw_does_not_have_is_named(copied: Any) -> None:
    edit_lineage(copied, lambda fields: fields["settings"].update(magic=1))
    with pytest.raises(InvalidSettings, match="magic"):
        copied.rebuild()


def test_a_data_set_that_is_another_now_is_named(copied: Any) -> None:
    edit_lineage(copied, lambda fields: fields["dataset"].update(digest="0" * 64))
    with pytest.raises(NotRebuildable, match="was replaced: restore it"):
        copied.rebuild()


def test_a_version_that_learned_what_was_forgotten_since_says_so(copied: Any) -> None:
    additions = load_additions(copied.objects[REVISION])
    kept = additions._replace(
        **{
            name: column[1:]
            for name, column in additions._asdict().items()
            if isinstance(column, np.ndarray)
        }
    )
    copied.objects[additions_path("quickdraw_20cat", 1, 1)] = dump_additions(kept)
    copied.objects[EDITION_MARK.fill(dataset="quickdraw_20cat", edition=1)] = b""
    with pytest.raises(NotRebuildable, match="forgotten since, and cannot come back"):
        copied.rebuild()
    with pytest.raises(NotRebuildable, match=r"missing|forgotten since"):
        copied.rebuild("v1.0.2")


def test_another_machine_and_other_code_are_named(copied: Any) -> None:
    edit_lineage(copied, lambda fields: fields["machine"]["libraries"].update(numpy="1.0"))
    edit_lineage(copied, lambda fields: fields["code"].update(sourceDigest="ab"))
    told = copied.rebuild().elsewhere
    assert [line.partition(":")[0] for line in told] == ["numpy", "code"]
