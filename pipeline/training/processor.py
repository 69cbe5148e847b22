"""The choice of the number format to train with, by what the processor can compute fast."""

from pathlib import Path
from typing import Literal, TypeAlias

CPUINFO = Path("/proc/cpuinfo")
BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16"}

Precision: TypeAlias = Literal["auto", "float32", "bfloat16"]
"""`auto` takes bfloat16 where the processor has instructions for it, else float32."""


def choose_precision(precision: Precision = "auto", cpuinfo: Path = CPUINFO) -> str:
    """Return the Keras dtype policy to train with: `mixed_bfloat16` or `float32`.

    Args:
        precision: `float32` and `bfloat16` force one of the two. A processor without bfloat16
            instructions emulates them: the result is as good, but slower than float32.
        cpuinfo: the file in which Linux lists the features of the processor.
    """
    if precision == "auto":
        precision = "bfloat16" if read_bfloat16_flags(cpuinfo) else "float32"
    return "mixed_bfloat16" if precision == "bfloat16" else "float32"


def read_bfloat16_flags(cpuinfo: Path = CPUINFO) -> set[str]:
    """Return the processor's bfloat16 features, such as `avx512_bf16`.

    The set is empty when the file cannot be read, as on systems other than Linux.
    """
    try:
        lines = cpuinfo.read_text(errors="replace").splitlines()
    except OSError:
        return set()
    flags = {flag for line in lines if line.startswith("flags") for flag in line.split()}
    return flags & BFLOAT16_FLAGS
