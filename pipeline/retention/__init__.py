"""Delete by policy what nothing needs any more, after a plan that says what goes and why."""
