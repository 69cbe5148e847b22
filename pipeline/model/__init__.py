"""The CNN and its parts: file, head, features, answers and metrics."""
