"""A server in place of Google's: certificates for ID tokens, and what is known about users."""

import json
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

PROJECT = "demo-redraw"
KEY_ID = "key-1"


def certificate_of(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "securetoken.test")])
    now = datetime.now(UTC)
    unsigned = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(hours=1)
    )
    return unsigned.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def sign_token(key: Any, *, key_id: str = KEY_ID, algorithm: str = "RS256", **changes: Any) -> str:
    """Return an owner's token as Firebase makes them; `changes` replace claims, None removes."""
    now = int(time.time())
    claims = {
        "iss": f"https://securetoken.google.com/{PROJECT}",
        "aud": PROJECT,
        "sub": "ada",
        "iat": now - 60,
        "auth_time": now - 60,
        "exp": now + 3600,
        "admin": True,
        **changes,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": key_id})


class Google(ThreadingHTTPServer):
    """The two addresses of Google that matter: the certificates, and what is known about a user.

    `users` has the accounts by uid; an account that is not in it is in good standing, and one that
    is None is gone.
    """

    def __init__(self, certificates: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), GoogleHandler)
        self.certificates = json.dumps(certificates).encode()
        self.status = 200
        self.users: dict[str, dict[str, object] | None] = {}
        self.requests: list[str] = []

    @property
    def url(self) -> str:
        return "http://{}:{}".format(*self.server_address)


class GoogleHandler(BaseHTTPRequestHandler):
    server: Google

    def do_GET(self) -> None:
        self.answer(self.server.certificates)

    def do_POST(self) -> None:
        [uid] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["localId"]
        user = self.server.users.get(uid, {"localId": uid})
        self.answer(json.dumps({"users": [user]} if user else {}).encode())

    def answer(self, body: bytes) -> None:
        self.server.requests.append(self.path)
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Cache-Control", "public, max-age=3600")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...
