"""What decides the bits of a round beside its plan: versions of libraries, and the machine."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

_DECISIVE = ("torch", "transformers", "trl", "peft", "datasets", "accelerate", "tokenizers")
_MOST = 120  # characters of a name
_CPUINFO = Path("/proc/cpuinfo")


def library_versions() -> dict[str, str]:
    """Name and version of each library that can change a result."""
    return {name: version(name) for name in _DECISIVE}


def describe_machine() -> dict[str, str]:
    """Where a training runs, as far as it can change bits. The number of threads is the recipe's."""
    import torch

    accelerator = torch.cuda.get_device_name() if torch.cuda.is_available() else "none"
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": (_processor() or "unknown")[:_MOST],
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "accelerator": accelerator[:_MOST],
        "python": platform.python_version(),
    }


def _processor() -> str:
    """The name of the processor; the standard library knows none on Linux."""
    if not _CPUINFO.is_file():
        return platform.processor()
    lines = _CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
