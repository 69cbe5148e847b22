"""Log as all processes of Redraw do, and carry a request's id to the tasks that it causes."""

from collections.abc import Sequence
from typing import Any

from celery import Task
from celery.signals import before_task_publish, setup_logging, task_postrun, task_prerun

from pipeline.logs.configure import configure_logs
from pipeline.logs.context import current_ids, forget_ids, note_ids
from pipeline.settings_reading import load_settings
from workers.names import RUN_TASKS

HEADER = "redraw_request_id"
"""The header of a message in Redis that names the request which caused the task."""


def connect_signals() -> None:
    """Connect the functions below to Celery's signals; repeated, it changes nothing."""
    setup_logging.connect(_configure)
    before_task_publish.connect(_send_request_id)
    task_prerun.connect(_note_ids_of_task)
    task_postrun.connect(_forget_ids_of_task)


def _configure(**_: Any) -> None:
    """Configure the log of a worker, of a process of its pool, or of beat.

    As a receiver is connected, Celery leaves logging alone, and its `--loglevel` says nothing.
    """
    configure_logs(load_settings())


def _send_request_id(headers: dict[str, Any], **_: Any) -> None:
    request_id = current_ids().get("request_id")
    if request_id is not None:
        headers[HEADER] = request_id


def _note_ids_of_task(task: Task, args: Sequence[Any] = (), **_: Any) -> None:
    forget_ids()
    note_ids(
        request_id=getattr(task.request, HEADER, None),
        run_id=str(args[0]) if task.name in RUN_TASKS and args else None,
        task=task.name,
    )


def _forget_ids_of_task(**_: Any) -> None:
    forget_ids()
