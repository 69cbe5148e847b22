"""Versions: publishing them, loading them, moving the release between them."""
