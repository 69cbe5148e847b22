"""The pages of versions, releases and trials: look, compare, release, take back."""
