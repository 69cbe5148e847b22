"""Say which Redraw is installed. The number has one place: `version` in pyproject.toml."""

from importlib.metadata import PackageNotFoundError, version


def find_version() -> str:
    """Return the version of Redraw that is installed; "unknown" if none is."""
    try:
        return version("redraw")
    except PackageNotFoundError:
        return "unknown"
