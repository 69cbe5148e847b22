"""A job, and small programs that stand for the training process."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.rebaseline.job import TrainingJob


@pytest.fixture
def job(tmp_path: Path) -> TrainingJob:
    return TrainingJob(
        dataset=tmp_path / "data.h5",
        digest="digest",
        recipe="fast",
        seed=0,
        answer_share=0.25,
        eagerness=4.0,
        folder=tmp_path / "rebaseline",
        silence_seconds=60,
    )


@pytest.fixture
def training() -> Callable[[str], list[str]]:
    """The command of a process that calls `child.run` with this body of `train(job, report)`."""

    def command(body: str) -> list[str]:
        lines = "\n".join(f"    {line}" for line in body.splitlines())
        program = (
            "import os, signal, sys, time\n"
            "from pipeline import errors\n"
            "from pipeline.rebaseline import child\n"
            f"def train(job, report):\n{lines}\n"
            "raise SystemExit(child.run(train))\n"
        )
        return [sys.executable, "-c", program]

    return command
