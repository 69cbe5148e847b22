"""Keys that sign what is published, and the keys whose signatures are trusted (Ed25519)."""
