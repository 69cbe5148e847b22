"""Versions: publishing a model, releasing it, and deciding when a game asks the player."""
