"""What the web process loads, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

IN_MEMORY = """
from fastapi.testclient import TestClient
from pipeline.bootstrap import in_memory
from pipeline.settings import Settings
from service.app import create_app
key = "sixteen-characters"
client = TestClient(create_app(Settings(_env_file=None, api_key=key), in_memory(), print))
assert client.get("/v1/release").status_code == 404
drawing = client.get("/v1/corrections/c1/drawing", headers={"X-API-Key": key})
assert drawing.status_code == 404
models = client.get("/v1/models", headers={"Authorization": "Bearer no.such.token"})
assert models.status_code == 401
"""
REAL = """
from service.app import build
app = build()
assert "/v1/retrains" in app.openapi()["paths"]
assert app.state.wiring.enqueue
"""
VERDICT = """
import sys
loaded = {name.partition(".")[0] for name in sys.modules}
print(sorted(loaded & {"tensorflow", "keras", "h5py", "workers.tasks", "emulator"}))
"""
NOWHERE = {
    "FIRESTORE_EMULATOR_HOST": "127.0.0.1:1",
    "STORAGE_EMULATOR_HOST": "http://127.0.0.1:1",
    "REDRAW_REDIS_URL": "redis://127.0.0.1:1/0",
    "NO_GCE_CHECK": "true",
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "program",
    [
        pytest.param(IN_MEMORY, id="in memory"),
        pytest.param(REAL, id="as uvicorn builds it, with nothing to connect to"),
    ],
)
def test_the_web_process_never_loads_tensorflow(program: str, tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program + VERDICT],
        env={
            **os.environ,
            **NOWHERE,
            "PYTHONPATH": str(Path.cwd()),
            "REDRAW_DATA_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "[]"
