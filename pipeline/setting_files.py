"""Where Redraw keeps its files on this machine, as the settings say."""

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.storage_paths import name_dataset


class LocalFiles:
    """The files and folders that follow from `data_dir` and from the number of classes."""

    if TYPE_CHECKING:  # or the settings would list these first
        data_dir: Path
        categories: tuple[str, ...]

    @property
    def dataset_name(self) -> str:
        """The name of the data set: of its file, and of its folder in Storage."""
        return name_dataset(len(self.categories))

    @property
    def dataset_file(self) -> Path:
        """The HDF5 data set on this machine."""
        return self.data_dir / f"{self.dataset_name}.h5"

    @property
    def baseline_file(self) -> Path:
        """The trained baseline, before and after it is published."""
        return self.data_dir / "baseline.h5"

    @property
    def report_file(self) -> Path:
        """The page that shows how good the baseline is."""
        return self.data_dir / "baseline.html"

    @property
    def checkpoint_file(self) -> Path:
        """The checkpoint of the baseline's training, while it goes on."""
        return self.data_dir / "baseline.checkpoint"

    @property
    def features_dir(self) -> Path:
        """Where cached features are kept; what is lost there is computed again."""
        return self.data_dir / "features"

    @property
    def logs_dir(self) -> Path:
        """Where `demo` and `up` keep the output of the processes they start."""
        return self.data_dir / "logs"
