"""What the command line prints about how a version came about, and about its corrections."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from pipeline.corrections.listing import ListedCorrection, encode_id
from pipeline.formatting import format_percent
from pipeline.records.learning import LearnedCorrection, MergedAs, Part
from pipeline.records.lineage import Lineage
from pipeline.records.runs import RunKind
from pipeline.records.versions import ModelVersion
from service.cli.display import make_table

SHORT = 12
"""Hexadecimal digits of a digest that are enough to tell it from others."""


def version_table(
    version: ModelVersion, lineage: Lineage | None, counts: Mapping[Part, int] | None
) -> Table:
    """Return the facts about a version.

    Args:
        version: the version.
        lineage: how it came about; None: it has no lineage.
        counts: how many corrections took part in which way; None: not known.
    """
    metrics = version.metrics
    rows: list[tuple[str, str | None]] = [
        ("status", version.status + (", released" if version.active else "")),
        ("published", f"{version.created_at:%Y-%m-%d %H:%M} UTC" if version.created_at else None),
        ("from", version.parent or "nothing: it is a baseline"),
        ("baseline", version.baseline or version.version),
        ("clean drawings", format_percent(metrics.accuracy) if metrics else None),
        (
            "players' drawings",
            format_percent(metrics.players_accuracy)
            if metrics and metrics.players_accuracy is not None
            else None,
        ),
        ("gate", version.gate.outcome if version.gate else None),
    ]
    if lineage is not None:
        rows += _describe_lineage(lineage)
    if counts is not None:
        told = (f"{count:,} {part}" for part, count in counts.items() if count)
        rows.append(("corrections", ", ".join(told) or "none"))
    rows += [
        (file.path.rpartition("/")[2], f"{file.size:,} bytes, {file.sha256[:SHORT]}")
        for file in version.files
    ]
    return make_table((version.version, ""), [(name, text) for name, text in rows if text])


def _describe_lineage(lineage: Lineage) -> list[tuple[str, str | None]]:
    run, data, fit, code = lineage.run, lineage.dataset, lineage.fit, lineage.code
    made = "all layers trained" if run.kind is RunKind.BASELINE else "a new head"
    base, answers = sum(data.base_rows.values()), sum(data.answers.values())
    rows = f"{base:,} base rows, {answers:,} corrections and confirmations"
    changed = {True: ", with changes", False: "", None: ""}[code.changed]
    return [
        ("run", f"{run.id}: {made}" + (f", asked for by {run.trigger}" if run.trigger else "")),
        ("data set", f"{data.name}, revision {data.revision} ({data.digest[:SHORT]}): {rows}"),
        ("fit", None if fit is None else _describe_fit(lineage)),
        ("code", f"{code.revision[:SHORT]}{changed}; source {code.source_digest[:SHORT]}"),
        ("locked by", ", ".join(f"{name} {sha[:SHORT]}" for name, sha in code.locks.items())),
        (
            "machine",
            f"{lineage.machine.system} {lineage.machine.processor}, Python"
            f" {lineage.machine.python}, "
            + ", ".join(f"{name} {number}" for name, number in lineage.machine.libraries.items()),
        ),
        ("seed", str(data.seed)),
    ]


def _describe_fit(lineage: Lineage) -> str:
    fit = lineage.fit
    if fit is None:
        return ""
    chosen = (
        ""
        if fit.weight is None
        else f", weight {fit.weight:g}, strength {fit.strength:g} ({fit.tried} tried)"
    )
    return f"{fit.method}: {fit.base_rows:,} base rows and {fit.answers:,} answers{chosen}"


def learned_table(corrections: Sequence[LearnedCorrection]) -> Table:
    """Return a table with one line for each correction of a version."""
    return make_table(
        ("id", "says", "split", "revision", "part", "drawing"),
        (
            (
                encode_id(each.id),
                each.label,
                each.split,
                str(each.revision),
                each.part,
                each.digest[:SHORT],
            )
            for each in corrections
        ),
    )


def correction_table(listed: ListedCorrection, merged: MergedAs | None) -> Table:
    """Return what is known about one correction, and in which versions it took part."""
    decision = listed.decision
    rows: list[tuple[str, str | None]] = [
        ("says", listed.corrected_label),
        ("guess", listed.original_prediction),
        ("guessed by", listed.model_version),
        ("sent", f"{listed.timestamp:%Y-%m-%d %H:%M} UTC" if listed.timestamp else None),
        ("state", listed.state or "none"),
        ("because", listed.explanation or listed.reason),
        ("run", listed.run_id),
        (
            "decided",
            f"{decision.label or decision.action} by {decision.by}" if decision else None,
        ),
    ]
    if merged is not None:
        rows += [
            ("data set", f"revision {merged.revision}, split {merged.split}"),
            ("drawing", merged.digest[:SHORT]),
        ]
        rows += [
            (learner.version, f"{learner.part} ({learner.status})") for learner in merged.versions
        ]
        if not merged.versions:
            rows.append(("versions", "none has it yet"))
    return make_table((encode_id(listed.id), ""), [(name, text) for name, text in rows if text])
