"""The CNN and its parts: file, head, features, paired predictions and metrics."""
