"""The command line `redraw`."""
