"""The page to draw on: it guesses, and takes the answer."""
