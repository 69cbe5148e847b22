"""Try the images and the compose file from a clean machine: `deploy/try-containers`."""
