"""Believable players for demo, development and tests: what they draw, how their clients send it, and what goes wrong."""
