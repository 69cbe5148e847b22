"""Training of the baseline CNN: recipes, epochs, checkpoints, and the teacher network."""
