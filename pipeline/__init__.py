"""The pipeline: plain functions and data that turn drawings and corrections into versions; knows neither Celery nor FastAPI."""
