"""What this machine's processor can calculate with."""

from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16"}


def best_precision(cpuinfo: Path = CPUINFO) -> str:
    """Keras's name of the fastest numbers to train with: `mixed_bfloat16` where the processor has them, else `float32`.

    A processor without them calculates with bfloat16 too, but slower; where nobody knows, float32 is right.
    """
    try:
        lines = cpuinfo.read_text(errors="replace").splitlines()
    except OSError:
        return "float32"
    flags = {flag for line in lines if line.startswith("flags") for flag in line.split()}
    return "mixed_bfloat16" if flags & BFLOAT16_FLAGS else "float32"
