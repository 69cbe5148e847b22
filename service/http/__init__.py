"""What is the same for every route: connections, methods, errors, headers, conditional requests."""
