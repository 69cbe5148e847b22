"""Read the origin of every correction in a data set at once, which a run never does."""

from pathlib import Path

from pipeline.dataset.hdf5 import NUMBER_COLUMNS, TEXT_COLUMNS, Provenance, open_dataset


def read_provenance(path: Path) -> Provenance:
    """Read the origin of each appended row."""
    with open_dataset(path) as file:
        group = file["corrections"]
        text = {name: group[name].asstr()[:] for name in TEXT_COLUMNS}
        return Provenance(**text, **{name: group[name][:] for name in NUMBER_COLUMNS})
