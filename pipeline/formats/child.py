"""Compare a model's files in a process of its own; `check` starts it.

It reads an .npz file from standard input: the golden drawings, and each file. It prints what is
wrong as a list in JSON, which is the last line of its output.
"""

import faulthandler
import io
import json
import sys

import numpy as np

from pipeline.formats.check import GOLDEN, SECONDS
from pipeline.formats.compare import compare_files


def main() -> None:
    """Read, compare, print."""
    # If the process that started this one was killed, nothing else would end a runtime that hangs.
    faulthandler.dump_traceback_later(SECONDS, exit=True)
    with np.load(io.BytesIO(sys.stdin.buffer.read())) as sent:
        golden = sent[GOLDEN]
        files = {name: sent[name].tobytes() for name in sent.files if name != GOLDEN}
    print(json.dumps(compare_files(files, golden)))


if __name__ == "__main__":
    main()
