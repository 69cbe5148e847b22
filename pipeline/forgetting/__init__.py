"""Forget a player: documents, canvases, rows of the data set, staging, and what models learned."""
