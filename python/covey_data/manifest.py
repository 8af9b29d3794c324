"""The manifest: YAML in which every text stands between quotes, so that any reader takes it alike."""

from __future__ import annotations

import json
import math
import unicodedata
from typing import Any

PLAIN = set("abcdefghijklmnopqrstuvwxyz_")


def yaml(keys: dict[str, Any], comment: str) -> str:
    """The keys as a YAML document: mappings of mappings indented, lists and innermost mappings in one line."""
    lines = [f"# {comment}"]
    for key, value in keys.items():
        if value is not None:
            lines += _entry(key, value, 0)
    return "\n".join(lines) + "\n"


def _entry(key: str, value: Any, depth: int) -> list[str]:
    name = "  " * depth + (key if set(key) <= PLAIN and not depth else text(key)) + ":"
    if isinstance(value, dict) and value and (any(isinstance(v, dict) for v in value.values()) or len(value) > 4):
        return [name, *(line for k, v in value.items() for line in _entry(k, v, depth + 1))]
    if isinstance(value, list) and value and all(isinstance(v, str) and len(v) > 30 for v in value):
        return [name, *("  " * (depth + 1) + "- " + text(v) for v in value)]
    return [f"{name} {_inline(value)}"]


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{text(k)}: {_inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_inline, value)) + "]"
    if isinstance(value, str):
        return text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("a manifest has finite numbers")
        head, e, exponent = repr(value).partition("e")
        return f"{head}{'' if '.' in head else '.0'}{e}{exponent}"  # 1e-07 is text for YAML 1.1, 1.0e-07 is not
    return repr(value)


def text(value: str) -> str:
    """The text between double quotes; what YAML does not take as it is becomes an escape."""
    quoted = json.dumps(value.encode("utf-8", "backslashreplace").decode("utf-8"), ensure_ascii=False)
    return "".join(_escaped(c) if _hidden(c) else c for c in quoted)


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Cn", "Co") and character != "\u200d"


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\U{code:08x}" if code > 0xFFFF else f"\\u{code:04x}"
