"""The formats of a version's model for each platform: made from its weights, read back, compared."""
