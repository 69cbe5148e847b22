"""Lineage: how a version came about, and which corrections it learned from."""
