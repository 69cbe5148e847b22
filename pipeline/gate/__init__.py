"""What the gate decides on: paired comparisons, and checks in words that an owner understands."""
