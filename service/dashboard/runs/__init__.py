"""The pages of runs: their history, and one run with its gate."""
