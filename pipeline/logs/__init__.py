"""Logs: one line a record, with the ids of what was under way, and without secrets and persons."""
