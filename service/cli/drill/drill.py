"""`redraw drill`: let faults strike a whole Redraw one after another, and check what must hold."""

import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import RedrawError
from service.cli.display import console, print_step
from service.cli.drill.faults import Kind, Planned, plan_faults
from service.cli.drill.injecting import inject
from service.cli.drill.invariants import Invariant
from service.cli.drill.observed import Observed
from service.cli.drill.observing import Observer
from service.cli.drill.owner import Owner
from service.cli.drill.players import Ledger, Players
from service.cli.drill.report import print_actions, print_faults, print_invariants
from service.cli.drill.rest import check_at_rest
from service.cli.drill.system import System, running_system
from service.cli.interrupts import acknowledge

FAULTS_BETWEEN_RESTS = 20


@dataclass
class Progress:
    """How far a drill has come.

    faults: how many it is to inject.
    """

    faults: int
    ledger: Ledger = field(default_factory=Ledger)
    injected: Counter[tuple[Kind, str]] = field(default_factory=Counter)
    missed: Counter[Kind] = field(default_factory=Counter)
    """Faults that found nothing to strike."""
    done: int = 0
    seen: Observed | None = None
    """What was found at the last rest."""
    invariants: list[Invariant] = field(default_factory=list)

    @property
    def broken(self) -> int:
        """The number of violations at the last rest."""
        return sum(len(each.violations) for each in self.invariants)


def drill(faults: int, seed: int, data_dir: Path | None, minutes: float | None) -> None:
    """Run a drill and print what was found; the data folder is kept if an invariant is broken.

    Args:
        faults: how many to inject.
        seed: the same one gives the same faults in the same order; their timing differs.
        data_dir: an empty folder; by default a temporary one.
        minutes: no further fault begins after so long; None: no limit.

    Raises:
        RedrawError: an invariant is broken, or a process does not start.
    """
    folder = data_dir or Path(tempfile.mkdtemp(prefix="redraw-drill-"))
    started = time.monotonic()
    progress = Progress(faults)
    print_step("1", f"starting a whole Redraw with two workers and two beats in {folder}")
    with running_system(folder) as system:
        print_step("2", f"{faults} faults with the seed {seed}; Ctrl-C ends the drill")
        until = None if minutes is None else time.monotonic() + 60 * minutes
        try:
            strike(seed, system, progress, until)
        finally:
            print_progress(progress, system, time.monotonic() - started)
    if progress.broken:
        raise RedrawError(
            f"{progress.broken} violations: see the lines above and {folder}/logs; docs/drill.md "
            f"says how to look at what is left; the same faults again: redraw drill --seed {seed}"
        )


def strike(seed: int, system: System, progress: Progress, until: float | None) -> None:
    """Inject the faults; come to rest after every few of them, and at the end.

    It stops at the first rest at which an invariant is broken.
    """
    faults, ledger = progress.faults, progress.ledger
    observer = Observer(system, ledger)
    actors = [Players(system, ledger, seed), Owner(system, ledger, seed)]
    for actor in actors:
        actor.start()
    try:
        for number, planned in enumerate(plan_faults(seed), start=1):
            if number > faults or (until is not None and time.monotonic() > until):
                break
            _strike_once(planned, number, system, progress)
            if number % FAULTS_BETWEEN_RESTS == 0 and number < faults:
                for actor in actors:
                    actor.pause()
                _rest(system, observer, progress)
                if progress.broken:
                    return
                for actor in actors:
                    actor.go_on()
        for actor in actors:
            actor.pause()  # as before each rest
    finally:
        acknowledge()  # a repeated Ctrl-C must not interrupt what follows
        for actor in actors:
            actor.stop()
    _rest(system, observer, progress)


def _strike_once(planned: Planned, number: int, system: System, progress: Progress) -> None:
    console.print(f"  {number:>3}/{progress.faults} {planned}", soft_wrap=True)
    if inject(planned, system, progress.ledger):
        target = f"{planned.target} {planned.how}".strip()
        progress.injected[planned.kind, target] += 1
    else:
        progress.missed[planned.kind] += 1
    progress.done = number


def _rest(system: System, observer: Observer, progress: Progress) -> None:
    started = time.monotonic()
    progress.seen, progress.invariants = check_at_rest(system, observer)
    seen = progress.seen
    console.print(
        f"  at rest after {time.monotonic() - started:.0f} s: {len(seen.corrections)} corrections, "
        f"{len(seen.merged)} rows, {len(seen.runs)} runs, {len(seen.versions)} versions; "
        f"{progress.broken} violations",
        soft_wrap=True,
    )


def print_progress(progress: Progress, system: System, seconds: float) -> None:
    """Print what was done and found so far."""
    print_step("3", f"{progress.done} faults, {seconds:.0f} s in all")
    print_faults(progress.injected, progress.missed)
    print_actions("players and owner", progress.ledger.counts)
    if progress.seen is not None:
        print_actions("runs", Counter(str(run.state) for run in progress.seen.runs))
        print_actions("versions", Counter(str(each.status) for each in progress.seen.versions))
        states = Counter(str(each.get("status")) for each in progress.seen.corrections.values())
        print_actions("corrections", states)
    print_actions("started again", system.restarts)
    for line in system.ended:
        console.print(f"note: {line}", soft_wrap=True)
    if progress.invariants:
        print_invariants(progress.invariants)
    else:
        console.print("the invariants were not checked: the system has not come to rest yet")
