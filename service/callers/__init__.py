"""Who calls: Firebase ID tokens, the API key, and the roles that follow from them."""
