"""The runbook has a chapter for each alert, error, end of a run and check, and no other."""

import re
from pathlib import Path

import pytest
import yaml

from pipeline.bootstrap import in_memory
from pipeline.records.notifications import NotificationReason
from pipeline.records.runs import RunState
from pipeline.settings import Settings
from pipeline.starting import Role
from service.checks.check import make_anchor
from service.checks.machine import list_machine_checks
from service.checks.project import list_project_checks
from service.cli.doctor import BACKUPS, FIREBASE

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/runbook.md").read_text()
LABELS = ["Means", "Look", "Do", "Over when"]
WELL = {RunState.PROMOTED, RunState.FORGOTTEN}
"""Ends of a run after which there is nothing to look up."""
NEWS = {"promoted", "rejected", "skipped", "failed", "cancelled", "forgotten", "test"}
NEWS |= {"by_run", "by_owner"}
"""Reasons of notifications that tell what happened, and ask for nothing."""


def read_part(title: str) -> str:
    """The text of a part of the page."""
    (found,) = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    return str(found)


def list_chapters(part: str) -> list[str]:
    return re.findall(r"^### (.+)$", read_part(part), re.MULTILINE)


def list_error_classes() -> set[str]:
    """The names of RedrawError and all its subclasses, as the source defines them."""
    bases: dict[str, set[str]] = {}
    for folder in ("pipeline", "workers", "service", "emulator"):
        for path in (ROOT / folder).rglob("*.py"):
            for name, above in re.findall(
                r"^class (\w+)\(([^)]+)\):", path.read_text(), re.MULTILINE
            ):
                bases[name] = {each.split(".")[-1].strip() for each in above.split(",")}
    found = {"RedrawError"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found


def list_check_titles() -> list[str]:
    settings = Settings(_env_file=None)
    return [
        *(each.title for each in list_machine_checks(settings, Role.WORKER)),
        FIREBASE,
        *(each.title for each in list_project_checks(settings, in_memory(), shipped_rules={})),
        BACKUPS,
    ]


def test_each_alert_has_a_chapter_in_the_order_of_the_rules() -> None:
    groups = yaml.safe_load((ROOT / "docs/monitoring/alerts.yml").read_text())["groups"]
    alerts = [rule["alert"] for group in groups for rule in group["rules"]]
    assert list_chapters("Alerts") == alerts


def test_each_error_that_is_raised_on_purpose_has_a_chapter() -> None:
    chapters = list_chapters("Errors")
    assert set(chapters) == {f"Error {name}" for name in list_error_classes()}
    assert len(set(chapters)) == len(chapters)


def test_each_end_of_a_run_that_is_no_success_has_a_chapter() -> None:
    ends = {f"Run {state}" for state in RunState if state.ended and state not in WELL}
    assert set(list_chapters("How runs end")) == ends


def test_each_check_has_a_chapter_in_the_order_in_which_it_is_made() -> None:
    assert list_chapters("Checks") == [f"Check {title}" for title in list_check_titles()]


def test_each_alarm_that_is_notified_names_its_chapter() -> None:
    named = re.findall(r"^\| `(\w+)` \|", read_part("Notified alarms"), re.MULTILINE)
    assert set(named) == {str(reason) for reason in NotificationReason} - NEWS


@pytest.mark.parametrize("part", ["Alerts", "How runs end", "Errors", "Checks"])
def test_each_chapter_says_what_it_means_how_to_look_what_to_do_and_when_it_is_over(
    part: str,
) -> None:
    chapters = re.split(r"^### ", read_part(part), flags=re.MULTILINE)[1:]
    wrong = [
        chapter.partition("\n")[0]
        for chapter in chapters
        if re.findall(r"^- \*\*(.+?):\*\* \S", chapter, re.MULTILINE) != LABELS
    ]
    assert wrong == []


def test_each_link_within_the_page_leads_to_a_chapter() -> None:
    headings = re.findall(r"^##+ (.+)$", PAGE, re.MULTILINE)
    linked = set(re.findall(r"\]\(#([^)]+)\)", PAGE))
    assert linked - {make_anchor(each) for each in headings} == set()


def test_a_check_names_the_chapter_that_the_page_has() -> None:
    anchors = {make_anchor(each) for each in list_chapters("Checks")}
    checks = list_machine_checks(Settings(_env_file=None), Role.WORKER)
    assert {each.chapter.partition("#")[2] for each in checks} <= anchors


@pytest.mark.parametrize("chapter", ["Run failed", "Run held"])
def test_the_beginnings_of_reasons_are_those_of_the_code(chapter: str) -> None:
    text = re.split(r"^### ", read_part("How runs end"), flags=re.MULTILINE)
    (found,) = (each for each in text if each.startswith(chapter))
    cells = re.findall(r"^\| (`.+?) \|", found, re.MULTILINE)
    quoted = [each for cell in cells for each in re.findall(r"`([^`]+)`", cell)]
    pieces = [piece.strip(" :`") for each in quoted for piece in each.split("...")]
    source = " ".join(
        re.sub(r'"\s*\n\s*f?"', "", path.read_text())
        for folder in ("pipeline", "workers")
        for path in (ROOT / folder).rglob("*.py")
    )
    known = {"ValueError", "Storage refuses", "Firestore refuses our credentials"}
    assert [piece for piece in pieces if piece not in source and piece not in known] == []
