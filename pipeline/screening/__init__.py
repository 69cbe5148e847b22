"""Screening: find usable corrections that may be wrong, and quarantine them."""
