"""A server that answers as Firebase Authentication does, for the few calls that Redraw makes.

The shapes are those of the Identity Toolkit API (accounts:lookup, :update and :batchGet).
"""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


def refuse(status: int, message: str, code: str) -> tuple[int, dict[str, Any]]:
    return status, {"error": {"code": status, "message": message, "status": code}}


class AccountServer(ThreadingHTTPServer):
    """Accounts by uid, in the order of the listing; `refusal` is answered to every request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.accounts: dict[str, dict[str, Any]] = {}
        self.refusal: tuple[int, dict[str, Any]] | None = None
        self.requests: list[str] = []
        self.page = 1000

    @property
    def host(self) -> str:
        return "{}:{}".format(*self.server_address)

    def add(self, uid: str, email: str | None = None, **more: Any) -> None:
        claims = more.pop("claims", None)
        account = {"localId": uid, "email": email, "emailVerified": True, **more}
        if claims is not None:
            account["customAttributes"] = json.dumps(claims)
        self.accounts[uid] = {name: value for name, value in account.items() if value is not None}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a test cuts connections off on purpose."""

    def claims(self, uid: str) -> Any:
        return json.loads(self.accounts[uid].get("customAttributes", "{}"))


class _Handler(BaseHTTPRequestHandler):
    server: AccountServer

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        start = int(query.get("nextPageToken", ["0"])[0])
        size = min(int(query["maxResults"][0]), self.server.page)
        page: dict[str, Any] = {"users": list(self.server.accounts.values())[start : start + size]}
        if start + size < len(self.server.accounts):
            page["nextPageToken"] = str(start + size)
        self.answer(page)

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("accounts:lookup"):
            found = [
                account
                for account in self.server.accounts.values()
                if account["localId"] in asked.get("localId", ())
                or account.get("email") in [name.lower() for name in asked.get("email", ())]
            ]
            self.answer({"users": found} if found else {})
        elif self.server.refusal is None:
            self.server.accounts[asked["localId"]] |= {
                name: asked[name] for name in ("customAttributes", "validSince") if name in asked
            }
            self.answer({"localId": asked["localId"]})
        else:
            self.answer({})

    def answer(self, body: dict[str, Any]) -> None:
        status, body = self.server.refusal or (200, body)
        data = json.dumps(body).encode()
        self.server.requests.append(urlsplit(self.path).path)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None: ...
