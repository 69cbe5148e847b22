"""A worker says which code and settings it has, and which queues it serves, when it is asked."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.settings import Settings
from service.checks.check import Finding
from service.checks.workers import ask_workers, judge_workers
from tests.api._faulty import running_redis
from workers.inspection import describe_process
from workers.names import COLLECT_QUEUE

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.skipif(
    shutil.which("redis-server") is None,
    reason="redis-server is not installed, and the one in Python carries no questions",
)
def test_a_real_worker_answers_with_its_code_its_settings_and_its_queues(tmp_path: Path) -> None:
    with running_redis() as port:
        url = f"redis://127.0.0.1:{port}/0"
        settings = Settings(_env_file=None, redis_url=url)
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "REDRAW_REDIS_URL": url,
            "REDRAW_DATA_DIR": str(tmp_path),
            "FIRESTORE_EMULATOR_HOST": "127.0.0.1:1",
            "STORAGE_EMULATOR_HOST": "http://127.0.0.1:1",
            "REDRAW_RETRAIN_THRESHOLD": "501",
        }
        worker = subprocess.Popen(
            [
                *(sys.executable, "-m", "celery", "--app", "workers.worker", "worker"),
                *("--pool", "solo", "--hostname", "w@x", "--queues", COLLECT_QUEUE),
            ],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while not (replies := ask_workers(settings)):
                assert worker.poll() is None
        finally:
            worker.kill()
            worker.wait()
    assert replies["w@x"]["queues"] == [COLLECT_QUEUE]
    found = list(judge_workers(replies, describe_process(settings)))
    assert found[0] == Finding("workers: 1 answers (w@x)")
    assert "no run starts" in str(found[1].problem)
    assert "other settings of runs" in str(found[2].problem)
