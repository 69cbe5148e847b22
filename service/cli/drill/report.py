"""What a drill prints: the faults by kind, what went on meanwhile, and the invariants."""

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from service.cli.display import console, print_table
from service.cli.drill.faults import Kind
from service.cli.drill.invariants import Invariant

MOST_SHOWN = 10
"""Violations of one invariant."""


def print_faults(injected: Counter[tuple[Kind, str]], missed: Counter[Kind]) -> None:
    """Print how often each kind of fault was injected, and into what."""
    table = Table("fault", "times", "into", "nothing to strike", box=SIMPLE_HEAD)
    for kind in Kind:
        targets = {target: n for (each, target), n in sorted(injected.items()) if each is kind}
        if targets or missed[kind]:
            into = ", ".join(f"{target} {times}" for target, times in targets.items())
            table.add_row(kind, str(sum(targets.values())), into, str(missed[kind] or ""))
    print_table(table)


def print_actions(title: str, counts: Mapping[str, int]) -> None:
    """Print a line with what was done how often."""
    listed = ", ".join(f"{what} {number}" for what, number in sorted(counts.items()))
    console.print(f"{title}: {listed or 'nothing'}", soft_wrap=True)


def print_invariants(invariants: Sequence[Invariant]) -> None:
    """Print each invariant with its number of violations, and then the violations."""
    table = Table("must be 0", "found", "among", box=SIMPLE_HEAD)
    for each in invariants:
        table.add_row(each.name, str(len(each.violations)), f"{each.looked_at:,}")
    print_table(table)
    for each in invariants:
        for violation in each.violations[:MOST_SHOWN]:
            console.print(f"{each.name}: {violation}", soft_wrap=True)
        if len(each.violations) > MOST_SHOWN:
            console.print(f"{each.name}: and {len(each.violations) - MOST_SHOWN} more")
