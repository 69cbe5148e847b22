"""The names under which tasks travel through Redis."""

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

RUN_TASKS = frozenset({RETRAIN, COLLECT_BATCH, BATCHES_COLLECTED})
"""Those whose first argument is the id of a run."""
