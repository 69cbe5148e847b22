"""`train` in the number format of the environment variable REDRAW_PRECISION, `auto` by default.

So the tests can be run in bfloat16 on a processor without it, and in float32 on one that has it.
"""

import os
from functools import partial
from typing import cast

from pipeline.training import train as module
from pipeline.training.processor import Precision

PRECISION = cast("Precision", os.environ.get("REDRAW_PRECISION", "auto"))
train = partial(module.train, precision=PRECISION)
