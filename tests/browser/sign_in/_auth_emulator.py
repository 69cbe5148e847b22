"""What Firebase's Auth emulator answers to its SDKs, for one account with a password."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

PROJECT = "demo-redraw"
EMAIL, PASSWORD = "ada@example.org", "correct horse"


def make_token(**claims: Any) -> str:
    """Return an ID token as the emulator makes them: without a signature."""
    now = int(time.time())
    body = {
        "iss": f"https://securetoken.google.com/{PROJECT}",
        "aud": PROJECT,
        "sub": "ada",
        "user_id": "ada",
        "iat": now,
        "auth_time": now,
        "exp": now + 3600,
        **claims,
    }
    parts = [json.dumps(part).encode() for part in ({"alg": "none", "typ": "JWT"}, body)]
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), ""])


class AuthEmulator(ThreadingHTTPServer):
    """The emulator; `claims` are those of the account."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.claims: dict[str, Any] = {"admin": True}

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: AuthEmulator

    def do_OPTIONS(self) -> None:
        self.answer(204, {})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.partition("?")[0].endswith("accounts:signInWithPassword"):
            if (asked["email"], asked["password"]) != (EMAIL, PASSWORD):
                error = {"code": 400, "message": "INVALID_LOGIN_CREDENTIALS"}
                self.answer(400, {"error": error})
                return
            token = make_token(**self.server.claims)
            self.answer(200, {"idToken": token, "refreshToken": "r", "expiresIn": "3600",
                              "localId": "ada", "email": EMAIL, "registered": True})  # fmt: skip
            return
        user = {"localId": "ada", "email": EMAIL, "validSince": "0",
                "customAttributes": json.dumps(self.server.claims)}  # fmt: skip
        self.answer(200, {"users": [user]})

    def answer(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        for name in ("Origin", "Headers", "Methods"):
            self.send_header(f"Access-Control-Allow-{name}", "*")
        self.send_header("Content-Length", "0" if status == 204 else str(len(content)))
        self.end_headers()
        if status != 204:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def auth_emulator() -> Iterator[AuthEmulator]:
    """Run it until the block ends."""
    server = AuthEmulator()
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
