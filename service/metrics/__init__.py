"""What `/metrics` says: the state of the project, and how this process answers requests."""
