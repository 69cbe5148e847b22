"""What starts a run, and what makes one needless."""
