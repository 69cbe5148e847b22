"""Runs: when one is due, how it is requested and cancelled, and what records its progress."""
