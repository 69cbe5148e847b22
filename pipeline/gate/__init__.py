"""Decide between champion and challenger: paired statistics, checks, and reasons in plain words."""
