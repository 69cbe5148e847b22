"""Request and response bodies. Runs, models and the release are sent as the pipeline's records."""
