"""A small server that answers as Google's services do about a project itself."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pipeline.settings import Settings

SETTINGS = Settings(_env_file=None, project_id="the-game", bucket="the-bucket")


class Google(ThreadingHTTPServer):
    """Answers each path with a status and a JSON object; other paths with 404.

    ahead: how far its clock is before this machine's. paths: the paths that were asked for.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, tuple[int, Any]] = {}
        self.ahead = timedelta(0)
        self.paths: list[str] = []
        self.tokens: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def clear(self) -> None:
        """Answer as a project does whose account is valid, and that holds nothing."""
        token = {"access_token": "the-token", "expires_in": 3600, "token_type": "Bearer"}
        self.answers = {"/token": (200, token)}
        self.ahead = timedelta(0)
        self.paths.clear()
        self.tokens.clear()

    def deploy(self, name: str, text: str) -> None:
        """Answer that these security rules are in force under the name of a release."""
        ruleset = f"projects/{SETTINGS.project_id}/rulesets/{len(self.answers)}"
        release = f"projects/{SETTINGS.project_id}/releases/{name}"
        files = [{"name": "rules", "content": text}]
        self.answers[f"/v1/{release}"] = 200, {"name": release, "rulesetName": ruleset}
        self.answers[f"/v1/{ruleset}"] = 200, {"name": ruleset, "source": {"files": files}}


class _Handler(BaseHTTPRequestHandler):
    server: Google

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.server.paths.append(path)
        self.server.tokens.append(self.headers.get("Authorization"))
        status, content = self.server.answers.get(path, (404, {"error": {"code": 404}}))
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def date_time_string(self, _timestamp: float | None = None) -> str:
        return format_datetime(datetime.now(UTC) + self.server.ahead, usegmt=True)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running_google() -> Iterator[Google]:
    """Run the server until the block ends."""
    with Google() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()


def make_key_text() -> str:
    """Return a new private key as a service account's key file holds it."""
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def write_key_file(path: Path, key: str, token_uri: str, project: str = "the-game") -> None:
    """Write the key file of a service account whose tokens come from `token_uri`."""
    content = {
        "type": "service_account",
        "project_id": project,
        "private_key_id": "1",
        "private_key": key,
        "client_email": "redraw@example.com",
        "token_uri": token_uri,
    }
    path.write_text(json.dumps(content))
