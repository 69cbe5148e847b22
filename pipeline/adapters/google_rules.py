"""Read the security rules that are deployed, by the API of Firebase's rules.

https://firebase.google.com/docs/reference/rules/rest/rest/v1/projects.releases
A release names the rule set in force: `cloud.firestore` for Firestore's default database, and
`firebase.storage/BUCKET` for a bucket. A rule set holds its source files.
"""

from typing import Any
from urllib.parse import quote

from google.api_core.exceptions import from_http_status

from pipeline.errors import RedrawError
from pipeline.records.inspection import Rules
from pipeline.settings import Settings

ADDRESS = "https://firebaserules.googleapis.com"
_NOT_FOUND = 404


def read_deployed_rules(
    session: Any, settings: Settings, address: str = ADDRESS, *, seconds: float
) -> Rules:
    """Return the text of the rules by service; None where no rules are deployed.

    Args:
        session: of google-auth, which adds the account's token to each request.
        settings: the project.
        address: of the API.
        seconds: how long each request waits.

    Raises:
        google.api_core.exceptions.GoogleAPICallError: the API refuses, or does not answer.
        RedrawError: the answer is none of this API.
    """
    releases = {"Firestore": "cloud.firestore", "Storage": f"firebase.storage/{settings.bucket}"}
    project = f"{address}/v1/projects/{quote(settings.project_id, safe='')}"
    texts: dict[str, str | None] = {}
    for service, name in releases.items():
        release = _get(session, f"{project}/releases/{quote(name)}", seconds)
        if release is None:
            texts[service] = None
            continue
        ruleset = _get(session, f"{address}/v1/{quote(str(release.get('rulesetName')))}", seconds)
        try:
            files = (ruleset or {})["source"]["files"]
            texts[service] = "\n".join(str(file["content"]) for file in files)
        except (KeyError, TypeError):
            raise RedrawError(
                f"{address} answers no rules for {name}: check that nothing stands in between"
            ) from None
    return texts


def _get(session: Any, url: str, seconds: float) -> dict[str, Any] | None:
    """Return the JSON object at an address; None if there is nothing."""
    answer = session.get(url, timeout=seconds, max_allowed_time=seconds)
    if answer.status_code == _NOT_FOUND:
        return None
    if not answer.ok:
        raise from_http_status(answer.status_code, f"GET {url}")
    try:
        content = answer.json()
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise RedrawError(f"{url} answers no JSON: check that nothing stands in between")
    return content
