"""Load TensorFlow without the lines that it writes to stderr meanwhile."""

import os
import sys
import tempfile

from pipeline.baseline_extra import require_tensorflow

STDERR = 2


def load_tensorflow() -> None:
    """Import Keras, and with it TensorFlow.

    TensorFlow's libraries write notes for developers before they read TF_CPP_MIN_LOG_LEVEL. Only a
    redirected file descriptor hides them. If the import fails, all that was written is shown.

    Raises:
        TensorFlowMissing: it is not installed.
    """
    require_tensorflow("training")
    sys.stderr.flush()
    with tempfile.TemporaryFile() as hidden:
        kept = os.dup(STDERR)
        os.dup2(hidden.fileno(), STDERR)
        try:
            import pipeline.model.cnn  # noqa: F401 - it sets the level of later lines
        except BaseException:
            hidden.seek(0)
            os.write(kept, hidden.read())
            raise
        finally:
            os.dup2(kept, STDERR)
            os.close(kept)
