"""Back a project up, and restore it: its documents and objects as they are, verified by digests."""
