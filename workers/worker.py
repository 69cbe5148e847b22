"""The application of a worker or beat process: `celery --app workers.worker worker`.

The settings are read when this module is imported.
"""

from pipeline.settings import load_settings
from workers.app import make_app

app = make_app(load_settings())
