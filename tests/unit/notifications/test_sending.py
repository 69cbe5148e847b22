"""One attempt ends in time, whatever the receiver does, and nothing secret is written down."""

import logging
import socket
import ssl
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from pipeline.notifications.sending import post
from tests._receiver import Receiver
from tests.api._google import certificate_of

BODY = b'{"a":1}'


@pytest.mark.parametrize("code", [200, 202, 204, 299])
def test_any_2xx_is_a_delivery(receiver: Receiver, code: int) -> None:
    receiver.answers = [code]
    outcome = post(receiver.url, {"webhook-id": "msg_1"}, BODY)
    assert (outcome.code, outcome.error) == (code, None)
    [received] = receiver.received
    assert received.body == BODY
    assert received.headers["content-type"] == "application/json"
    assert received.headers["webhook-id"] == "msg_1"
    assert received.path == "/hook/s3cret-path?token=t0ken"


@pytest.mark.parametrize("code", [400, 404, 410, 429, 500, 503])
def test_any_other_answer_is_a_failure(receiver: Receiver, code: int) -> None:
    receiver.answers, receiver.headers = [code], {"Retry-After": "120"}
    outcome = post(receiver.url, {}, BODY)
    assert (outcome.code, outcome.retry_after) == (code, 120)
    assert str(code) in str(outcome.error)


@pytest.mark.parametrize("text", ["soon", "-5", "1.5", "²", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_pause_that_is_no_number_of_seconds_is_ignored(receiver: Receiver, text: str) -> None:
    receiver.answers, receiver.headers = [503], {"Retry-After": text}
    assert post(receiver.url, {}, BODY).retry_after is None


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_redirects_are_not_followed(receiver: Receiver, code: int) -> None:
    receiver.answers, receiver.headers = [code], {"Location": f"{receiver.url}/elsewhere"}
    outcome = post(receiver.url, {}, BODY)
    assert "redirects are not followed" in str(outcome.error)
    assert len(receiver.received) == 1


@pytest.mark.parametrize("answer", ["hang", "drip"])
def test_a_receiver_that_does_not_come_to_an_end_is_left(receiver: Receiver, answer: str) -> None:
    receiver.answers = [answer]
    outcome = post(receiver.url, {}, BODY, 0.2)
    assert (outcome.code, outcome.error) == (None, "no answer within 0.2 s")


def test_a_body_without_end_is_not_read(receiver: Receiver) -> None:
    receiver.answers = ["large"]
    assert post(receiver.url, {}, BODY).code == 200


def test_a_connection_that_is_closed_or_refused_is_a_failure(receiver: Receiver) -> None:
    receiver.answers = ["close"]
    closed = post(receiver.url, {}, BODY)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        refused = post(f"http://127.0.0.1:{port}/s3cret-path", {}, BODY)
    for outcome in (closed, refused, post("http://no-such-host.invalid/s3cret-path", {}, BODY)):
        assert outcome.code is None
        assert str(outcome.error).startswith("no answer")
        assert "s3cret-path" not in str(outcome.error)


def test_the_log_never_holds_the_address(
    receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        post(receiver.url, {}, BODY)
    assert "s3cret-path" not in caplog.text
    assert "t0ken" not in caplog.text


def test_a_certificate_that_nobody_has_signed_is_refused(
    receiver: Receiver, tmp_path: Path
) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (tmp_path / "server.pem").write_bytes(pem + certificate_of(key).encode())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    receiver.socket = context.wrap_socket(receiver.socket, server_side=True)
    outcome = post(receiver.url.replace("http:", "https:"), {}, BODY)
    assert "CERTIFICATE_VERIFY_FAILED" in str(outcome.error)
    assert receiver.received == []
