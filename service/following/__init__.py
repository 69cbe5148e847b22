"""Following a run while it goes on: what is read, what is told, and the stream to a listener."""
