"""Model files that Keras itself writes, as any other program than Redraw would."""

import tempfile
from pathlib import Path
from typing import Any


def save_with_keras(model: Any) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.h5"
        model.save(path)
        return path.read_bytes()
