"""Turn drawings and corrections into versions; no Celery, no FastAPI."""
