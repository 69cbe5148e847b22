"""Rebuild a version from Storage alone, and compare it with what was published, byte for byte."""
