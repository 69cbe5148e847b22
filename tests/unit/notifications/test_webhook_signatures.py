"""Signatures are those of Standard Webhooks."""

import base64

import pytest
from hypothesis import given, strategies

from pipeline.signing.webhooks import read_webhook_secrets, sign_webhook

# The example of the libraries of Standard Webhooks.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SIGNED = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def test_a_known_message_has_the_known_signature() -> None:
    keys = read_webhook_secrets(SECRET)
    body = b'{"test": 2432232314}'
    assert sign_webhook(keys, SIGNED["webhook-id"], 1614265330, body) == SIGNED


def test_during_a_change_every_secret_signs() -> None:
    other = "whsec_" + base64.b64encode(b"x" * 24).decode()
    keys = read_webhook_secrets(f"{other}, {SECRET}")
    signed = sign_webhook(keys, SIGNED["webhook-id"], 1614265330, b'{"test": 2432232314}')
    first, second = signed["webhook-signature"].split(" ")
    assert second == SIGNED["webhook-signature"]
    assert first.startswith("v1,")
    assert first != second


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_",
        "whsec_c2hvcnQ=",
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa!!",
        f"{SECRET},none",
    ],
)
def test_what_is_no_secret_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(ValueError, match="openssl rand") as refused:
        read_webhook_secrets(text)
    assert "MfKQ9r8GKYqrTwj" not in str(refused.value)


@given(strategies.binary(min_size=24, max_size=64))
def test_any_secret_of_the_allowed_length_is_read_as_its_bytes(key: bytes) -> None:
    assert read_webhook_secrets("whsec_" + base64.b64encode(key).decode()) == (key,)
