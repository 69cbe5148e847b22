"""The owner's routes, with an id for each resource."""

WITHOUT_BODY = [
    ("POST", "/v1/retrains"),
    ("POST", "/v1/baselines"),
    ("GET", "/v1/retrains"),
    ("GET", "/v1/retrains/run-1"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/v1.0.0"),
    ("GET", "/v1/models/v1.0.0/lineage"),
    ("GET", "/v1/models/v1.0.0/corrections"),
    ("POST", "/v1/models/v1.0.0/promote"),
    ("GET", "/v1/releases"),
    ("POST", "/v1/releases/rollback"),
    ("POST", "/v1/models/v1.0.0/trial"),
    ("POST", "/v1/models/v1.0.0/withdraw"),
    ("GET", "/v1/trials"),
    ("GET", "/v1/trials/v1.0.0"),
    ("POST", "/v1/trials/v1.0.0/stop"),
    ("GET", "/v1/players/ann/preview"),
    ("DELETE", "/v1/players/ann"),
    ("GET", "/v1/notifications"),
    ("GET", "/v1/notifications/msg_0567b70eec74447d5559dab4c5f76669"),
    ("POST", "/v1/notifications/test"),
    ("GET", "/v1/corrections"),
    ("GET", "/v1/corrections/c1"),
    ("GET", "/v1/corrections/c1/drawing"),
]
WITH_BODY = [
    ("POST", "/v1/corrections/c1/decision"),
    ("POST", "/v1/corrections/reopen"),
]
