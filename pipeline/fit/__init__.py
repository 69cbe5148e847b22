"""Fit a challenger's head on cached features, and cross-fit heads by folds of players."""
