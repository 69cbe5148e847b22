"""The names under which tasks travel through Redis."""

RETRAIN = "redraw.retrain"
NIGHTLY_CHECK = "redraw.nightly_check"
SWEEP = "redraw.sweep"
