"""Packages that only some formats need."""

from __future__ import annotations

import importlib
import re
from types import ModuleType

from .errors import MissingPackage


def needed(module: str, extra: str, purpose: str) -> ModuleType:
    """The module; raises MissingPackage, which says how to install it, where it is not there."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.split(".")[0]
        raise MissingPackage(
            f'{purpose} needs the package {package}: pip install "covey-data[{extra}]" ({error})'
        ) from None


def arrow(module: str = "pyarrow") -> ModuleType:
    """pyarrow or one of its modules. Raises MissingPackage also for versions that run code in a file (CVE-2023-47248)."""
    package = needed("pyarrow", "parquet", "reading Parquet and Feather")
    if tuple(int(n) for n in re.findall(r"\d+", package.__version__)[:3]) < (14, 0, 1):
        raise MissingPackage(
            f'pyarrow {package.__version__} may run code in a file: pip install -U "covey-data[parquet]"'
        )
    return needed(module, "parquet", "reading Parquet and Feather")
