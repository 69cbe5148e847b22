"""Players' corrections on their way through a run: read, gathered, set apart, decided about, settled."""
