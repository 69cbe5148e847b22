"""Celery over the pipeline: when to run, where, and once only. What a run does is in pipeline.retrain."""
