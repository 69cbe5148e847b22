"""Canvases to drawings: reading them safely, finding the ink, drawing it again as Google's renderer does."""
