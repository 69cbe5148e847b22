"""A server in place of Google's: certificates for ID tokens, and what is known about a user."""

import json
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

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


class Google(ThreadingHTTPServer):
    """The two addresses of Google that matter: the certificates, and what is known about a user."""

    def __init__(self, certificates: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), GoogleHandler)
        self.certificates = json.dumps(certificates).encode()
        self.status = 200
        self.user: dict[str, object] | None = {"localId": "ada"}
        self.requests: list[str] = []

    @property
    def url(self) -> str:
        return "http://{}:{}".format(*self.server_address)


class GoogleHandler(BaseHTTPRequestHandler):
    server: Google

    def do_GET(self) -> None:
        self.answer(self.server.certificates)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(json.dumps({"users": [self.server.user]} if self.server.user else {}).encode())

    def answer(self, body: bytes) -> None:
        self.server.requests.append(self.path)
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Cache-Control", "public, max-age=3600")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...
