"""The queue of quarantined corrections: one drawing, keys, and undo."""
