"""`redraw doctor` says what is wrong with account, clock, bucket, indexes and rules."""

from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest

from pipeline.adapters.memory_inspection import MemoryInspector
from pipeline.errors import AccessDenied, NotFound, Unavailable
from pipeline.records.inspection import Account, BucketState
from pipeline.settings import Settings
from service.checks.check import Finding
from service.checks.google import (
    check_account,
    check_bucket,
    check_clock,
    check_indexes,
    check_rules,
    find_harmful_skew,
    list_google_checks,
)

SETTINGS = Settings(_env_file=None, project_id="the-game")
PRODUCTION = SETTINGS.with_changes(environment="production")
SHIPPED = {"Firestore": "allow read;\n// ours\n", "Storage": "deny;\n"}
REFUSED = AccessDenied("Google refuses our credentials")


@pytest.fixture
def inspector() -> MemoryInspector:
    return MemoryInspector()


def problems(findings: Iterable[Finding]) -> list[str]:
    return [each.problem for each in findings if each.problem]


def test_a_project_in_good_order_is_well(inspector: MemoryInspector) -> None:
    inspector.account = Account("service account of this machine", person=False, project=None)
    inspector.rules = SHIPPED
    checks = list_google_checks(SETTINGS, inspector, SHIPPED)
    findings = [finding for check in checks for finding in check.find()]
    assert problems(findings) == []
    assert [each for each in findings if each.unknown] == []


def test_refused_credentials_are_a_finding_with_what_to_do(inspector: MemoryInspector) -> None:
    inspector.errors["describe_account"] = REFUSED
    check = list_google_checks(SETTINGS, inspector, None)[0]
    assert problems(check.find()) == ["Google refuses our credentials"]


@pytest.mark.parametrize(("settings", "bad"), [(SETTINGS, 0), (PRODUCTION, 1)])
def test_the_login_of_a_person_is_wrong_in_production_alone(
    inspector: MemoryInspector, settings: Settings, bad: int
) -> None:
    inspector.account = Account("login of a person", person=True, project=None)
    assert len(problems(check_account(inspector, settings))) == bad


def test_an_account_of_another_project_is_named(inspector: MemoryInspector) -> None:
    inspector.account = Account("key file of a service account", person=False, project="other")
    (finding,) = check_account(inspector, SETTINGS)
    assert "of project other" in finding.name


@pytest.mark.parametrize(
    ("seconds", "words"), [(3600, "behind Storage's"), (-3600, "ahead of Storage's")]
)
def test_a_wrong_clock_is_told_with_its_direction(
    inspector: MemoryInspector, seconds: float, words: str
) -> None:
    inspector.ahead = timedelta(seconds=seconds)
    (problem,) = problems(check_clock(inspector, SETTINGS))
    assert words in problem
    assert "timedatectl" in problem


@pytest.mark.parametrize("seconds", [0, 8, -8])
def test_a_clock_that_does_no_harm_is_well(inspector: MemoryInspector, seconds: float) -> None:
    inspector.ahead = timedelta(seconds=seconds)
    assert problems(check_clock(inspector, SETTINGS)) == []


def test_tasks_that_expire_soon_allow_less_skew() -> None:
    quick = SETTINGS.with_changes(sweep_seconds=4.0)
    assert find_harmful_skew(quick) < find_harmful_skew(SETTINGS)


@pytest.mark.parametrize(
    ("method", "error", "check"),
    [
        ("ask_as_stranger", Unavailable("down"), check_clock),
        ("describe_bucket", REFUSED, check_bucket),
        ("read_rules", REFUSED, lambda looked, settings: check_rules(looked, SHIPPED, settings)),
    ],
)
def test_what_may_not_be_read_is_not_known_and_no_fault(
    inspector: MemoryInspector,
    method: str,
    error: Exception,
    check: Callable[[MemoryInspector, Settings], Iterable[Finding]],
) -> None:
    inspector.errors[method] = error  # type: ignore[assignment]
    findings = list(check(inspector, SETTINGS))
    assert problems(findings) == []
    assert findings[-1].unknown


def test_a_bucket_that_strangers_may_list_is_told(inspector: MemoryInspector) -> None:
    inspector.may_list = True
    assert "anyone on the internet" in problems(check_bucket(inspector, SETTINGS))[0]


def test_a_bucket_that_is_missing_is_told(inspector: MemoryInspector) -> None:
    inspector.errors["describe_bucket"] = NotFound("there is no bucket")
    check = list_google_checks(SETTINGS, inspector, None)[2]
    assert problems(check.find()) == ["there is no bucket"]


def test_how_a_bucket_is_set_up_is_told(inspector: MemoryInspector) -> None:
    inspector.bucket = BucketState("US", False, 0.0, (), False)
    names = " ".join(each.name for each in check_bucket(inspector, SETTINGS))
    assert "in US, versioning off, deleted objects kept for 0 days" in names
    assert "backups are all there is" in names


def test_missing_indexes_are_told_with_the_commands(inspector: MemoryInspector) -> None:
    inspector.missing = ["corrections (status, timestamp ascending)"]
    (problem,) = problems(check_indexes(inspector, SETTINGS))
    assert "lacks 1 of 4: corrections (status, timestamp ascending)" in problem
    assert "firebase deploy --only firestore:indexes" in problem


def test_other_rules_and_no_rules_are_told_each(inspector: MemoryInspector) -> None:
    inspector.rules = {"Firestore": "allow write;", "Storage": None}
    first, second = problems(check_rules(inspector, SHIPPED, SETTINGS))
    assert "not what this Redraw ships" in first
    assert "no rules are deployed" in second
    assert "--only storage" in second


def test_comments_and_spaces_make_no_other_rules(inspector: MemoryInspector) -> None:
    inspector.rules = {"Firestore": "\n  allow read;  \n// theirs\n", "Storage": "deny;"}
    assert problems(check_rules(inspector, SHIPPED, SETTINGS)) == []
