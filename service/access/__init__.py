"""Who may call what: the role of a caller, and the rule of a route."""
