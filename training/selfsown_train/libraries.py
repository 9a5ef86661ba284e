"""The versions that decide the bits of a round."""

from __future__ import annotations

from importlib.metadata import version

_DECISIVE = ("torch", "transformers", "trl", "peft", "datasets", "accelerate", "tokenizers")


def library_versions() -> dict[str, str]:
    """Name and version of each library that can change a result."""
    return {name: version(name) for name in _DECISIVE}
