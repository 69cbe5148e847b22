"""The card of a model: what it learned from, what it does better and worse, and what it cannot."""
