"""The formats of a version's model for each platform: written, computed with, and compared."""
