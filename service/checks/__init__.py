"""What Redraw needs, checked one thing after another: what is wrong, and what to do."""
