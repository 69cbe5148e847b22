"""What people talk to: the HTTP service and the command line."""
