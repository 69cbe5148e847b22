"""Sign what is published (Ed25519 keys, and those that are trusted) and what is sent (webhooks)."""
