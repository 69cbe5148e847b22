"""Which pictures there are, by the name of their file."""

from collections.abc import Callable, Mapping

from docs_site.pictures import fit, gate, screening, trial

PICTURES: Mapping[str, Callable[[], str]] = {
    "fit-layers": fit.draw_layers,
    "fit-parts": fit.draw_parts,
    "gate-evidence": gate.draw_evidence,
    "gate-verdicts": gate.draw_verdicts,
    "screening-limits": screening.draw_limits,
    "screening-rules": screening.draw_rules,
    "trial-looks": trial.draw_looks,
}
