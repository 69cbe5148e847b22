"""The addresses of what has an id."""

from urllib.parse import quote


def run_path(run_id: str) -> str:
    """Return the address of the page of a run."""
    return f"/runs/{quote(run_id, safe='')}"
