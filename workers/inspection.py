"""Let a worker say which code and which project it works with, when it is asked through Redis."""

import hashlib
import json
import platform
from typing import Any

from celery.worker.control import inspect_command

from pipeline.settings import Settings
from pipeline.settings_reading import load_settings
from workers.names import DESCRIBE


def describe_process(settings: Settings) -> dict[str, str]:
    """Return what all processes of a project have in common, as texts to compare; no secrets.

    code: the digest of the pipeline's source. settings: a digest of those settings by which runs
    differ, such as the classes. project, bucket: where it works. python: its version, without the
    last number.
    """
    from pipeline.lineage.code_state import describe_own_code

    ours = settings.model_dump(
        mode="json", include={"categories", "game", "gate", "fit", "retrain_threshold", "trigger"}
    )
    text = json.dumps(ours, sort_keys=True).encode()
    return {
        "code": describe_own_code(settings.code_revision).source_digest[:12],
        "settings": hashlib.sha256(text).hexdigest()[:12],
        "project": settings.project_id,
        "bucket": settings.bucket,
        "python": ".".join(platform.python_version_tuple()[:2]),
    }


@inspect_command(name=DESCRIBE)  # type: ignore[untyped-decorator] # Celery has no types
def describe_worker(state: Any) -> dict[str, Any]:
    """Answer with what this worker is, and the queues that it takes tasks from.

    The main process of a worker answers, also while a run is executed.
    """
    consumer = state.consumer.task_consumer
    queues = [] if consumer is None else sorted(queue.name for queue in consumer.queues)
    return {**describe_process(load_settings()), "queues": queues}
