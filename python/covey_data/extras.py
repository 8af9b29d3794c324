"""Packages that only some formats need."""

from __future__ import annotations

import importlib
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
