"""Celery around the pipeline: when and where a run executes, and by how many workers at a time.

What a run does is in `pipeline.retrain`.
"""
