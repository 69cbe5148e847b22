"""Canvases become drawings in processes of their own, beside the web process."""
