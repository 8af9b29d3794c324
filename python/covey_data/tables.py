"""Tables: columns of numbers become inputs, categories one column each level, missing values what the user says."""

from __future__ import annotations

import datetime
import decimal
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .arrays import note
from .errors import BadData, BadUsage
from .files import SPLITS
from .parts import ROLES, Part
from .words import count, in_order, listed, quoted, unknown


@dataclass
class Table:
    """Columns by name, each with one value a row (None where it is missing), and how a row is called in messages."""

    where: str
    columns: dict[str, list[Any]]
    row: Callable[[int], str]
    names: dict[str, dict[Any, str]] = field(default_factory=dict)
    """Columns whose numbers have names (SPSS's value labels)."""

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def column(self, name: str, option: str) -> list[Any]:
        """Raises BadData, with the nearest name, where there is no such column."""
        if name not in self.columns:
            raise BadData(f"{self.where}: {option}: {unknown('column', name, self.columns)}")
        return self.columns[name]


@dataclass
class Request:
    """What the command line says about the columns."""

    inputs: list[str] | None = None
    label: str | None = None
    target: list[str] | None = None
    client: str | None = None
    domain: str | None = None
    group: str | None = None
    split: str | None = None
    categories: list[str] = field(default_factory=list)
    ignore: list[str] = field(default_factory=list)
    missing: str = "error"
    marks: list[str] = field(default_factory=list)


def absent(value: Any) -> bool:
    """Whether a value is missing: None, or a float that is not a number."""
    return value is None or isinstance(value, float) and math.isnan(value)


def name_of(value: Any) -> str:
    """A value as the name of a client, domain, group, split or class: 3 and 3.0 are `3`."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return str(value.item() if isinstance(value, np.generic) else value)


def parts(
    tables: Sequence[Table],
    files: Sequence[str],
    request: Request,
    notes: list[str],
    splits: Sequence[str] | None = None,
    named: dict[str, str] | None = None,
) -> tuple[list[Part], list[str]]:
    """One part a table, with inputs N×C of all tables' columns alike, and the features' names.

    `files` are the names that a role called `file` takes, `splits` those of the tables where no column has them, and
    `named` says which of them are train, val and test: means and levels are those of training rows. Raises BadData for a missing value that the request does
    not settle, a text among numbers, tables of different columns; with table, row and column.
    """
    first = tables[0]
    for table in tables[1:]:
        if list(table.columns) != list(first.columns):
            odd = sorted(set(table.columns) ^ set(first.columns))
            raise BadData(f"{table.where}: other columns than {first.where}: {listed(odd) or 'another order'}")
    _mark(tables, request, notes)
    used = [
        c for c in (request.label, *(request.target or []), *(getattr(request, r) for r in ROLES)) if c and c != "file"
    ]
    for option, names in (
        ("--ignore", request.ignore),
        ("--categories", request.categories),
        ("--inputs", request.inputs or []),
    ):
        for name in names:
            first.column(name, option)
            if name in used:
                raise BadUsage(f"{option} {quoted(name)}: the column has another role already")
    inputs = request.inputs or [c for c in first.columns if c not in used and c not in request.ignore]
    stray = [c for c in request.categories if c not in inputs]
    if stray:
        raise BadUsage(f"--categories {quoted(stray[0])}: the column is no input")
    if not inputs:
        raise BadData(f"{first.where}: no column is left as an input (there: {listed(first.columns)})")
    kept = [_kept(table, request, used, inputs, notes) for table in tables]
    rows = [_roles(table, file, request, keep) for table, file, keep in zip(tables, files, kept)]
    for role, split in zip(rows, splits or ()):
        role["split"] = split
    trains = [
        [s is None or (named or SPLITS).get(s) == "train" for s in _each(r.get("split"), len(k))]
        for r, k in zip(rows, kept)
    ]
    features, blocks = [], []
    for name in inputs:
        if name in request.categories:
            names, made = _category(name, tables, kept, trains, request, notes)
        else:
            names, made = [name], _numbers(name, tables, kept, trains, request, notes)
        features += names
        blocks.append(made)
    found = []
    for i, (table, role) in enumerate(zip(tables, rows)):
        matrix = np.concatenate([b[i] for b in blocks], 1)
        found.append(Part(table.where, "vector", matrix, **role))
    return found, features


def _each(value: Any, n: int) -> list[Any]:
    return [value] * n if value is None or isinstance(value, str) else list(value)


def _mark(tables: Sequence[Table], request: Request, notes: list[str]) -> None:
    """Makes marks (`NA`, `?`, `-9`) missing values; one that stands nowhere is told."""
    marks, met = set(request.marks), set()
    for table in tables if marks else ():
        for name, column in table.columns.items():
            called = [None if absent(v) else name_of(v) for v in column]
            here = marks.intersection(called)
            if here:
                met |= here
                table.columns[name] = [None if c in marks else v for c, v in zip(called, column)]
    for mark in sorted(marks - met):
        note(notes, f"the mark {quoted(mark)} stands nowhere")


def _kept(table: Table, request: Request, used: list[str], inputs: list[str], notes: list[str]) -> list[int]:
    """The rows that stay: all, unless something is missing and the request says that such rows go."""
    columns = [(c, table.column(c, "a role")) for c in used]
    if request.missing == "drop":
        columns += [(c, table.columns[c]) for c in inputs]
    kept: list[int] = []
    gone: Counter[str] = Counter()
    for i in range(len(table)):
        lacking = next((name for name, column in columns if absent(column[i])), None)
        if lacking is None:
            kept.append(i)
        elif request.missing == "error":
            raise BadData(
                f"{table.where}: {table.row(i)}, column {quoted(lacking)}: no value (--missing drop leaves "
                "such rows out)"
            )
        else:
            gone[lacking] += 1
    if gone:
        note(
            notes,
            f"{table.where}: {count(sum(gone.values()), 'row')} of {len(table)} left out for a missing value "
            f"(first in: {listed(f'{n} {c}' for n, c in gone.items())})",
        )
    return kept


def _roles(table: Table, file: str, request: Request, rows: list[int]) -> dict[str, Any]:
    """Label or target, client, domain, group and split of these rows, as keywords of a Part."""
    found: dict[str, Any] = {}
    if request.label:
        column = table.column(request.label, "--label")
        named = table.names.get(request.label)
        found["label"] = [_labelled(table, request.label, named, column[i], i) for i in rows]
    if request.target:
        chosen = [table.column(t, "--target") for t in request.target]
        values = [[_number(table, t, i, column[i]) for t, column in zip(request.target, chosen)] for i in rows]
        found["target"] = np.array(values, np.float64).reshape(len(rows), len(chosen))
    for role in ROLES:
        name = getattr(request, role)
        if name == "file" and "file" not in table.columns:
            found[role] = file
        elif name:
            column = table.column(name, f"--{role}")
            named = table.names.get(name, {})
            found[role] = [named.get(column[i], name_of(column[i])) for i in rows]
    return found


def _labelled(table: Table, name: str, named: dict[Any, str] | None, value: Any, i: int) -> Any:
    if isinstance(value, (datetime.date, datetime.time)):
        raise BadData(
            f"{table.where}: {table.row(i)}, column {quoted(name)}: the label {quoted(value)} is a date "
            "(allowed: whole numbers or names)"
        )
    if named is None or value not in named:
        if named is not None:
            raise BadData(
                f"{table.where}: {table.row(i)}, column {quoted(name)}: {quoted(value)} has no name, while "
                "others have one"
            )
        return value
    return named[value]


def _number(table: Table, name: str, i: int, value: Any) -> float:
    if isinstance(value, (bool, np.bool_)):
        return float(value)
    if isinstance(value, (int, float, np.number, decimal.Decimal)):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise BadData(
                f"{table.where}: {table.row(i)}, column {quoted(name)}: {quoted(value)} is not finite "
                "(allowed: finite numbers)"
            )
        return number
    kind = "a date" if isinstance(value, (datetime.date, datetime.time, datetime.timedelta)) else "no number"
    raise BadData(
        f"{table.where}: {table.row(i)}, column {quoted(name)}: {quoted(value)} is {kind} "
        f"(--categories {name} makes one column each level, --ignore {name} leaves it out, --marks names "
        "signs of missing values)"
    )


def _numbers(
    name: str,
    tables: Sequence[Table],
    kept: list[list[int]],
    trains: list[list[bool]],
    request: Request,
    notes: list[str],
) -> list[np.ndarray]:
    made = []
    for table, rows in zip(tables, kept):
        column = table.column(name, "--inputs")
        values = np.empty(len(rows))
        for k, i in enumerate(rows):
            value = column[i]
            if absent(value):
                if request.missing == "error":
                    raise BadData(
                        f"{table.where}: {table.row(i)}, column {quoted(name)}: no value (--missing drop, "
                        "mean or a number settles it)"
                    )
                values[k] = math.nan
            else:
                values[k] = _number(table, name, i, value)
        made.append(values)
    gaps = sum(int(np.isnan(v).sum()) for v in made)
    if gaps:
        fill = _fill(name, made, trains, request)
        note(
            notes,
            f"column {quoted(name)}: {count(gaps, 'missing value')} became {fill!r}"
            + (", the mean of the training rows" if request.missing == "mean" else ""),
        )
        for values in made:
            values[np.isnan(values)] = fill
    return [v[:, None] for v in made]


def _fill(name: str, made: list[np.ndarray], trains: list[list[bool]], request: Request) -> float:
    if request.missing != "mean":
        return float(request.missing)
    known = np.concatenate([v[np.array(t, bool) & ~np.isnan(v)] for v, t in zip(made, trains)])
    if not len(known):
        raise BadData(f"column {quoted(name)}: --missing mean: no training row has a value")
    return float(known.mean())


def _category(
    name: str,
    tables: Sequence[Table],
    kept: list[list[int]],
    trains: list[list[bool]],
    request: Request,
    notes: list[str],
) -> tuple[list[str], list[np.ndarray]]:
    """One column a level that training rows have; a level that only others have is zeros, and told."""
    columns = []
    for table, rows in zip(tables, kept):
        column, named = table.column(name, "--categories"), table.names.get(name, {})
        for i in rows:
            if absent(column[i]) and request.missing == "error":
                raise BadData(
                    f"{table.where}: {table.row(i)}, column {quoted(name)}: no value (--missing drop or a "
                    "number settles it)"
                )
        columns.append([None if absent(column[i]) else named.get(column[i], name_of(column[i])) for i in rows])
    levels = in_order(v for c, t in zip(columns, trains) for v, train in zip(c, t) if v is not None and train)
    at = {level: k for k, level in enumerate(levels)}
    unseen = Counter(v for c in columns for v in c if v is not None and v not in at)
    if unseen:
        note(
            notes,
            f"column {quoted(name)}: {count(sum(unseen.values()), 'row')} of levels that no training row has "
            f"({listed(sorted(unseen))}): all its columns are 0",
        )
    gaps = sum(v is None for c in columns for v in c)
    if gaps:
        note(notes, f"column {quoted(name)}: {count(gaps, 'missing value')}: all its columns are 0")
    made = []
    for column in columns:
        block = np.zeros((len(column), len(levels)))
        for k, value in enumerate(column):
            if value in at:
                block[k, at[value]] = 1
        made.append(block)
    return [f"{name}={level}" for level in levels], made
