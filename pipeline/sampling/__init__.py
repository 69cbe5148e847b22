"""What an answer stands for: answers are a sample of the drawings that a game guessed."""
