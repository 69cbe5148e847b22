"""Simulated players for demo, development and tests.

What they draw, how their clients export it, and what they get wrong.
"""
