"""How names, numbers and places are put into messages."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `name` was most likely meant to be, or None when none is near.

    Near means a distance (insertions, deletions, substitutions, swaps of neighbours; case, `-` and `_` do not count)
    of at most a third of the longer name, at least one; or that one begins with the other: as in Covey itself.
    """
    best, found = None, None
    wanted = name.lower().replace("_", "-")
    for candidate in itertools.islice(candidates, 5000):
        if max(len(name), len(candidate)) > 200 or not name:
            continue
        other = candidate.lower().replace("_", "-")
        distance = _distance(wanted, other)
        if min(len(wanted), len(other)) >= 3 and (other.startswith(wanted) or wanted.startswith(other)):
            distance = min(distance, 1)
        if distance <= max(1, max(len(wanted), len(other)) // 3) and (best is None or distance < best):
            best, found = distance, candidate
    return found


def _distance(a: str, b: str) -> int:
    before: list[int] = []
    previous = list(range(len(b) + 1))
    for i, x in enumerate(a):
        current = [i + 1]
        for j, y in enumerate(b):
            cost = min(previous[j + 1] + 1, current[j] + 1, previous[j] + (x != y))
            if i and j and x == b[j - 1] and a[i - 1] == y:
                cost = min(cost, before[j - 1] + 1)
            current.append(cost)
        before, previous = previous, current
    return previous[-1]


def unknown(kind: str, name: str, there: Iterable[str]) -> str:
    """Says that there is no such thing, what is nearest, and what there is."""
    there = list(there)
    near = nearest(name, there)
    hint = f"; did you mean {quoted(near)}?" if near is not None else ""
    return f"unknown {kind} {quoted(name)}{hint} (there: {listed(there) or 'none'})"


def listed(names: Iterable[object], limit: int = 12) -> str:
    """The names with commas between; of many the first, and how many more there are."""
    shown = [visible(str(n)) for n in names]
    more = f", … {len(shown) - limit} more" if len(shown) > limit else ""
    return ", ".join(shown[:limit]) + more


def quoted(name: object) -> str:
    """The name between quotes, cut where it is long."""
    text = visible(str(name))
    return f"'{text if len(text) <= 80 else text[:77] + '…'}'"


def visible(text: str) -> str:
    """The text with control characters, and what else a terminal cannot show, as escapes."""
    return "".join(c if unicodedata.category(c) not in ("Cc", "Cs", "Cf", "Zl", "Zp") else _escape(c) for c in text)


def _escape(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def is_text(name: object) -> bool:
    """Whether the name is text of one character at least that UTF-8 can write, without U+0000."""
    if not isinstance(name, str) or not name or "\0" in name:
        return False
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def extents(shape: Sequence[int]) -> str:
    """`32×32×3`, or `one number` for an empty shape."""
    return "×".join(str(n) for n in shape) or "one number"


def place(index: Sequence[int]) -> str:
    """`[3, 0, 2]`."""
    return "[" + ", ".join(str(int(i)) for i in index) + "]"


def number(value: object) -> str:
    """A number as one would write it: 3 and not 3.0, nan, 0.25."""
    if isinstance(value, np.floating):
        value = float(str(value))  # float32's own shortest digits
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e16:
        return str(int(value))
    return repr(value)


def count(n: int, one: str, many: str | None = None) -> str:
    """`1 row`, `2 rows`."""
    return f"{n} {one if n == 1 else many or one + 's'}"


def in_order(names: Iterable[str]) -> list[str]:
    """Each name once; by number when all are whole numbers, else by code points, as Covey sorts clients."""
    names = sorted(set(names))
    if all(_whole(n) for n in names):
        names.sort(key=lambda n: (int(float(n)) if "." in n else int(n), n))
    return names


def _whole(name: str) -> bool:
    digits = name[1:] if name[:1] == "-" else name
    head, dot, tail = digits.partition(".")
    return head.isascii() and head.isdigit() and len(head) < 300 and (not dot or (tail != "" and set(tail) == {"0"}))
