"""What must hold after every run, checked by h5py, Google's clients and Keras."""

import hashlib
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from pipeline.formats.compare import compare_files

SPLITS = ("train", "val", "test")
LOAD = """
import sys, os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, numpy
for path in sys.argv[1:]:
    model = keras.models.load_model(path, compile=False)
    assert model.predict(numpy.zeros((1, 28, 28, 1), "float32"), verbose=0).shape == (1, 20)
"""


def every_correction_is_merged_once_or_has_a_reason(firestore: Any, dataset: Path) -> None:
    with h5py.File(dataset) as file:
        merged = Counter(file["corrections/ids"].asstr()[:].tolist())
    documents = {
        document.id: document.to_dict() for document in firestore.collection("corrections").stream()
    }
    for name, fields in documents.items():
        waits = (fields["status"], fields["retraining"]["reason"]) == ("pending", "missing_image")
        assert fields["status"] in {"merged", "refused", "quarantined"} or waits, name
        assert fields["retraining"]["reason"], name
        assert fields["retraining"]["explanation"], name
        assert merged[name] == (1 if fields["status"] == "merged" else 0), name
    assert set(merged) <= set(documents)


def the_data_set_is_sound(dataset: Path, base: Path) -> None:
    with h5py.File(dataset) as file, h5py.File(base) as before:
        ids = file["corrections/ids"].asstr()[:].tolist()
        assert len(ids) == len(set(ids))
        for split in SPLITS:
            rows, base_rows = len(file[f"X_{split}"]), len(before[f"X_{split}"])
            assert len(file[f"y_{split}"]) == rows
            assert np.array_equal(file[f"X_{split}"][:base_rows], before[f"X_{split}"][:])
            assert np.array_equal(file[f"y_{split}"][:base_rows], before[f"y_{split}"][:])
            appended = file["corrections/splits"].asstr()[:] == split
            assert sorted(file["corrections/rows"][:][appended].tolist()) == list(
                range(base_rows, rows)
            )


def every_ready_version_has_its_files(firestore: Any, bucket: Any, folder: Path) -> None:
    paths = []
    for document in firestore.collection("models").stream():
        model = document.to_dict()
        if model["status"] != "ready":
            continue
        names = {Path(file["path"]).name for file in model["files"]}
        assert names >= {
            f"quickdraw_{document.id}.h5",
            f"quickdraw_{document.id}.onnx",
            f"quickdraw_{document.id}.tflite",
            "weights.bin",
            "head.bin",
            "metadata.json",
            "asking.json",
            "lineage.json",
            "card.html",
            "card.json",
            "manifest.json",
        }
        contents = {}
        for file in model["files"]:
            data = bucket.blob(file["path"]).download_as_bytes()
            assert (len(data), hashlib.sha256(data).hexdigest()) == (file["size"], file["sha256"])
            contents[file["path"]] = data
            if file["path"].endswith(".h5"):
                paths.append(folder / f"{document.id}.h5")
                paths[-1].write_bytes(data)
        assert compare_files(contents, np.zeros((1, 28, 28), np.uint8)) == []
        manifest = json.loads(
            bucket.blob(f"{model['storagePath']}/manifest.json").download_as_bytes()
        )
        listed = {Path(file["path"]).name for file in manifest["files"]}
        assert listed == {
            name for name in names if name != "manifest.json" and "signature-" not in name
        }
    subprocess.run([sys.executable, "-c", LOAD, *map(str, paths)], check=True, capture_output=True)


def the_release_points_at_a_ready_version(firestore: Any, version: str) -> None:
    models = {
        document.id: document.to_dict() for document in firestore.collection("models").stream()
    }
    release = firestore.document("releases/production").get().to_dict()
    assert release["version"] == version
    assert models[version]["status"] == "ready"
    assert [name for name, model in models.items() if model["active"]] == [version]
    history = [entry.to_dict() for entry in firestore.collection("release_history").stream()]
    newest = max(history, key=lambda entry: entry["fence"])
    assert (newest["version"], newest["at"]) == (version, release["updatedAt"])
    assert newest["fence"] == release["versionFence"]
    assert len({model["runId"] for model in models.values()}) == len(models)


def the_slot_is_free(firestore: Any) -> None:
    assert firestore.document("leases/retraining").get().to_dict()["runId"] is None
