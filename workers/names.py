"""The names under which tasks travel through Redis, and the queues that they wait in."""

RETRAIN = "redraw.retrain"
COLLECT_BATCH = "redraw.collect_batch"
BATCHES_COLLECTED = "redraw.batches_collected"
CHECK = "redraw.check"
NIGHTLY_CHECK = "redraw.nightly_check"
SWEEP = "redraw.sweep"
CLEAN = "redraw.clean"
TIDY = "redraw.tidy"
NOTIFY = "redraw.notify"
DELIVER = "redraw.deliver"

DESCRIBE = "redraw_describe"
"""The question to which each worker answers what it is; no task."""

MAIN_QUEUE = "celery"
"""What all tasks but batches wait in: Celery's default queue, under its own name."""
COLLECT_QUEUE = "collect"
"""What batches wait in, so that workers for these alone can be added and taken away at any time."""

RUN_TASKS = frozenset({RETRAIN, COLLECT_BATCH, BATCHES_COLLECTED})
"""Those whose first argument is the id of a run."""
