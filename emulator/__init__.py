"""Embedded Firestore and Storage servers: their answers are Firebase's, or a refusal by name."""
