"""The pages of settings, health and space."""
