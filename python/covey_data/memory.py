"""How much may be asked for: what a file claims is compared with this before memory is taken."""

from __future__ import annotations

import os
import sys

from .errors import BadData


def limit() -> int:
    """Half of the machine's memory in bytes; 8 GiB where it cannot be told."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (ValueError, OSError, AttributeError):
        return 8 << 30 if sys.maxsize > 1 << 32 else 1 << 30


def check(wanted: int, where: str) -> None:
    """Raises BadData where `wanted` bytes are more than the limit."""
    if wanted > limit():
        raise BadData(
            f"{where}: needs {wanted >> 20} MiB, more than half of this machine's memory ({limit() >> 20} MiB)"
        )
