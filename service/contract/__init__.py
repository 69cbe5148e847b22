"""What all routes keep to: what they take, keys of requests, and the OpenAPI description."""
