"""Trials: try a version on players beside the released one, and judge both by their answers."""
