"""A data set of three revisions, here and in Storage."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.adapters.memory import MemoryArtefacts
from pipeline.categories import CATEGORIES
from pipeline.dataset.hdf5 import describe
from pipeline.dataset.revisions import bring_up_to_date, store_additions, store_base
from pipeline.dataset.verified import record_path


@pytest.fixture(scope="session")
def grown_log(
    pristine_base: Path, make_additions: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, bytes], Path]:
    """The objects of a base and three revisions, and a file that holds them: not to be changed."""
    artefacts, path = MemoryArtefacts(), tmp_path_factory.mktemp("grown") / "data.h5"
    path.write_bytes(pristine_base.read_bytes())
    store_base(artefacts, path)
    for name, count in (("a", 12), ("b", 7), ("c", 5)):
        store_additions(
            artefacts, make_additions(describe(path), count, name, count), categories=CATEGORIES
        )
        bring_up_to_date(artefacts, path, categories=CATEGORIES)
    return artefacts.objects, path


@pytest.fixture
def stored(
    grown_log: tuple[dict[str, bytes], Path], artefacts: MemoryArtefacts, base_file: Path
) -> MemoryArtefacts:
    """Storage with a base and three revisions; `base_file` holds them too."""
    objects, path = grown_log
    artefacts.objects.update(objects)
    for source, target in ((path, base_file), (record_path(path), record_path(base_file))):
        target.write_bytes(source.read_bytes())
    return artefacts
