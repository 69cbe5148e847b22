"""The names under which tasks travel through Redis."""

RETRAIN = "redraw.retrain"
CHECK = "redraw.check"
NIGHTLY_CHECK = "redraw.nightly_check"
SWEEP = "redraw.sweep"
