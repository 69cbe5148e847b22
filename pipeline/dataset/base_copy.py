"""Write revision 0 again, out of the file of a later revision, which holds the base rows too."""

from pathlib import Path

import h5py

from pipeline.dataset.hdf5 import CHUNK_ROWS, describe, open_dataset, read_rows
from pipeline.dataset.preprocess import (
    compress_chunks,
    create_corrections,
    create_labels,
    create_pixels,
    write_attributes,
)
from pipeline.dataset.verification import compute_digests
from pipeline.errors import DatasetDamaged
from pipeline.files import DeferredErrorFile
from pipeline.records.dataset import Split


def write_base(path: Path, target: Path) -> None:
    """Write revision 0 of a data set to `target`; of corrections nothing gets there.

    Compressed chunks are copied as they are, so this takes seconds even at full size.

    Args:
        path: the data set, of any revision.
        target: the new file.

    Raises:
        DatasetDamaged: the base rows are not what was written.
        OSError: the disk is full.
    """
    held = describe(path)
    with open_dataset(path) as source, DeferredErrorFile(target, "w+") as disk:
        with h5py.File(disk, "w") as file:
            for split in Split:
                rows = int(source[f"X_{split}"].attrs["base_rows"])
                pixels = create_pixels(file, split, rows)
                whole = rows - rows % CHUNK_ROWS
                for row in range(0, whole, CHUNK_ROWS):
                    _, chunk = source[f"X_{split}"].id.read_direct_chunk((row, 0, 0))
                    pixels.id.write_direct_chunk((row, 0, 0), chunk)
                if whole < rows:  # the chunk with the last base rows may hold corrections too
                    (chunk,) = compress_chunks(read_rows(path, split, whole, rows).images)
                    pixels.id.write_direct_chunk((whole, 0, 0), chunk)
                create_labels(file, split, source[f"y_{split}"][:rows])
            create_corrections(file)
            digest = str(source.attrs["base_digest"])
            write_attributes(file, held.categories, held.seed, digest)
        disk.check()
    if compute_digests(target) != [digest]:
        raise DatasetDamaged(f"{path}: its base rows are not what was written")
