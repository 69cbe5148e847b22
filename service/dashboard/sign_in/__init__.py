"""The page to sign in on, and the way out."""
