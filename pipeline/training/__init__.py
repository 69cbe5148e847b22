"""Training the baseline: recipes, epochs, checkpoints, and the larger network it learns from."""
