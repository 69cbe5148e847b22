"""Make the reference pages from the code: `python -m tests.unit.project._reference` rewrites them.

Each page has a part between two comments that is made here; all around it is written by hand.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import click
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from pipeline.bootstrap import in_memory
from pipeline.corrections.players import Standing
from pipeline.reasons import DrawingReason, MergedReason, QuarantineReason, RefusalReason
from pipeline.records.corrections import Asked, CorrectionState
from pipeline.records.notifications import DeliveryStatus, NotificationKind, NotificationReason
from pipeline.records.runs import CheckStanding, RunState, Trigger
from pipeline.records.trials import TrialState, TrialVerdict
from pipeline.records.versions import VersionStatus
from pipeline.settings import Settings
from service.access.rules import Allow, find_rule
from service.app import create_app
from service.cli.main import commands
from service.dashboard.frame.route import PageRoute
from service.http import problems
from service.http.advice import ADVICE
from service.metrics.families import METRICS
from tests.unit.project._licences import render_licences

DOCS = Path(__file__).parents[3] / "docs"
BEGIN = "<!-- made by python -m tests.unit.project._reference -->"
END = "<!-- the end of what is made -->"
SETTINGS = Settings(_env_file=None, environment="development")  # type: ignore[call-arg]
EVERYWHERE = {kind.name or f"status-{kind.status}" for kind in problems.ANY_ROUTE}

SUBJECTS: dict[str, Iterable[type[StrEnum]]] = {
    "Corrections": (CorrectionState, MergedReason, QuarantineReason, RefusalReason),
    "Drawings": (DrawingReason,),
    "Players and questions": (Standing, Asked),
    "Runs": (RunState, Trigger, CheckStanding),
    "Versions": (VersionStatus,),
    "Trials": (TrialVerdict, TrialState),
    "Notifications": (NotificationKind, NotificationReason, DeliveryStatus),
}
"""The reason codes that are enums, by the chapter of docs/reasons.md."""


@cache
def make_app() -> FastAPI:
    """Return the service of a developer, which has all routes."""
    return create_app(SETTINGS, in_memory(), lambda _: None)


# Reason codes


def read_meanings(codes: type[StrEnum]) -> dict[str, str]:
    """Return the text below each member of an enum, by its value; "" where there is none."""
    (defined,) = ast.parse(textwrap.dedent(inspect.getsource(codes))).body
    assert isinstance(defined, ast.ClassDef)
    meanings = {}
    for statement, after in zip(defined.body, [*defined.body[1:], None], strict=True):
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            text = ""
            if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                text = flatten(str(after.value.value))
            meanings[str(codes[statement.targets[0].id])] = text
    return meanings


def list_kinds() -> list[problems.Kind]:
    """Return the kinds of problem that have a name, by their status."""
    kinds = {kind for kind in vars(problems).values() if isinstance(kind, problems.Kind)}
    return sorted((kind for kind in kinds if kind.name), key=lambda kind: (kind.status, kind.name))


def render_reasons() -> Iterator[str]:
    """Yield the chapters with the tables of reason codes."""
    for title, enums in SUBJECTS.items():
        yield from ("", f"## {title}")
        for codes in enums:
            first, _, rest = inspect.cleandoc(codes.__doc__ or "").partition("\n\n")
            yield from ("", flatten(first), *(["", flatten(rest)] if rest else []), "")
            yield from ("| code | what it means, and what to do |", "|---|---|")
            for code, meaning in read_meanings(codes).items():
                yield f"| `{code}` | {meaning} |"
    yield from ("", "## Problems of the HTTP service", "")
    yield from (
        "The end of a problem document's `type`, `urn:problem-type:redraw:KIND`.",
        "",
        "| kind | status | title | what it means, and what to do |",
        "|---|---|---|---|",
    )
    for kind in list_kinds():
        yield f"| `{kind.name}` | {kind.status} | {kind.title} | {ADVICE.get(kind.name, '')} |"


# Routes


def list_routes(app: FastAPI) -> Iterator[tuple[str, Any]]:
    """Yield the method and the route of each operation, also of those that are not described.

    Pages of the dashboard are left out: docs/dashboard.md tells of them.
    """
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, PageRoute):
            continue
        for method in sorted(set(route.methods or ()) - {"HEAD", "OPTIONS"}):
            yield method, route


def render_routes() -> Iterator[str]:
    """Yield the table of all routes."""
    app = make_app()
    described = app.openapi()["paths"]
    yield from (
        "| route | for | takes | answers | what it does |",
        "|---|---|---|---|---|",
    )
    for method, route in sorted(list_routes(app), key=lambda each: (each[1].path, each[0])):
        operation = described.get(route.path_format, {}).get(method.lower(), {})
        what = operation.get("summary") or flatten(inspect.getdoc(route.endpoint) or "").split(
            ". "
        )[0].rstrip(".")
        yield (
            f"| `{method} {route.path_format}` | {name_rule(route)} | {name_inputs(operation)} "
            f"| {name_answers(operation)} | {what} |"
        )


def name_rule(route: Any) -> str:
    """Return who may call a route, by the default settings."""
    asked = [dependency.call for dependency in route.dependant.dependencies]
    by_settings = any(isinstance(call, Allow) for call in asked)
    return find_rule(route, SETTINGS) + (" (by the settings)" if by_settings else "")


def name_inputs(operation: dict[str, Any]) -> str:
    """Return the parameters of a route besides its path, and its body."""
    inputs = [
        f"`{each['name']}`" for each in operation.get("parameters", ()) if each["in"] != "path"
    ]
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        schema = content.get("schema", {})
        # A body that may be left out is described as one of the two: the body, or null.
        parts = [schema, *schema.get("anyOf", ())]
        names = [part["$ref"].rpartition("/")[2] for part in parts if "$ref" in part]
        name = " or ".join(names)
        inputs.append(f"a body: {name or kind}")
    return ", ".join(inputs)


def name_answers(operation: dict[str, Any]) -> str:
    """Return the statuses without a fault, and the kinds of problem that only some routes have."""
    answers, kinds = [], []
    for status, answer in operation.get("responses", {"200": {}}).items():
        if status < "400":
            answers.append(status)
            continue
        examples = answer.get("content", {}).get(problems.MEDIA_TYPE, {}).get("examples", {})
        kinds += [f"`{name}`" for name in examples if name not in EVERYWHERE]
    return "; ".join(filter(None, (", ".join(answers), ", ".join(kinds))))


# Metrics


def render_metrics() -> Iterator[str]:
    """Yield the table of all metrics."""
    yield from ("| metric | type | labels | meaning |", "|---|---|---|---|")
    for metric in METRICS:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        yield f"| `{metric.name}` | {metric.kind} | {labels} | {metric.meaning} |"


# Commands


def render_commands() -> Iterator[str]:
    """Yield a chapter for each command."""
    for name, command in sorted(commands.commands.items()):
        yield from _render_command(f"redraw {name}", command, "##")


def _render_command(name: str, command: click.Command, level: str) -> Iterator[str]:
    context = click.Context(command, info_name=name)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    yield from ("", f"{level} {name}", "", f"`{usage}`", "")
    yield from textwrap.dedent(inspect.cleandoc(command.help or "")).splitlines()
    rows = [row for each in command.get_params(context) if (row := each.get_help_record(context))]
    # The usage names the arguments; only some of them say more.
    rows = [(option, text) for option, text in rows if text and "--help" not in option]
    if rows:
        yield from ("", "| option | what it does |", "|---|---|")
        yield from (f"| `{escape(option)}` | {escape(text)} |" for option, text in rows)
    if isinstance(command, click.Group):
        for inner, subcommand in sorted(command.commands.items()):
            yield from _render_command(f"{name} {inner}", subcommand, level + "#")


# Pages

PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "commands.md": render_commands,
    "http.md": render_routes,
    "licences.md": render_licences,
    "monitoring.md": render_metrics,
    "reasons.md": render_reasons,
}


def flatten(text: str) -> str:
    """Return a text in one line."""
    return " ".join(text.split())


def escape(text: str) -> str:
    """Return a text as it can stand in a table."""
    return text.replace("|", "\\|")


def rewrite(page: str, lines: Iterable[str]) -> str:
    """Return a page with its made part replaced."""
    made = "\n".join(lines).strip("\n")
    pattern = re.compile(f"{re.escape(BEGIN)}\n.*?{re.escape(END)}", re.DOTALL)
    assert len(pattern.findall(page)) == 1
    return pattern.sub(lambda _: f"{BEGIN}\n{made}\n{END}", page)


def main() -> None:
    """Rewrite all pages."""
    for name, render in PAGES.items():
        path = DOCS / name
        path.write_text(rewrite(path.read_text(), render()))


if __name__ == "__main__":
    main()
