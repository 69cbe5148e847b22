"""The first page: the release, what waits, and what Redraw does now."""
