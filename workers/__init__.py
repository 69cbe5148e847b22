"""Celery around the pipeline: when, where and how often a run executes.

What a run does is in `pipeline.retrain`.
"""
