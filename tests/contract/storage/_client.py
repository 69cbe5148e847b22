"""Google's Storage client on the embedded server."""

from google.auth.credentials import AnonymousCredentials
from google.cloud import storage


def connect(host: str) -> storage.Client:
    options = {"api_endpoint": host}
    return storage.Client(
        project="demo-redraw", credentials=AnonymousCredentials(), client_options=options
    )
