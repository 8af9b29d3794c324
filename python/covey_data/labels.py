"""Labels: names, numbers, one-hot rows, 1…K; what becomes of them is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .arrays import note
from .errors import BadData
from .words import count, listed, number, quoted, unknown

LARGEST = 65535


def one_a_row(label: Any, where: str, notes: list[str]) -> np.ndarray | list[str]:
    """One label for each example: whole numbers as int64, or a list of names; one-hot rows become numbers.

    Raises BadData for a label that is missing, fractional, or of another kind, with its row.
    """
    array = label if isinstance(label, np.ndarray) else None
    if array is None:
        label = list(label)
        if any(v is None for v in label):
            raise BadData(f"{where}: row {[v is None for v in label].index(True)} has no label")
        kinds = {_kind(v) for v in label}
        if "text" in kinds:
            if len(kinds) > 1:
                i = next(i for i, v in enumerate(label) if _kind(v) != _kind(label[0]))
                raise BadData(
                    f"{where}: row {i} has the label {quoted(label[i])}, row 0 has {quoted(label[0])}: names "
                    "or numbers, not both"
                )
            return [v.decode("utf-8", "backslashreplace") if isinstance(v, bytes) else str(v) for v in label]
        try:
            array = np.array(label)
        except ValueError:
            raise BadData(f"{where}: labels of several lengths (allowed: one label a row)") from None
        if array.dtype == object:
            odd = next((i for i, v in enumerate(label) if not isinstance(v, (int, float, np.number, bool))), 0)
            raise BadData(f"{where}: row {odd} has the label {quoted(label[odd])} (allowed: whole numbers or names)")
    if array.dtype.kind in "US":
        if array.dtype.kind == "S":
            array = np.char.decode(array, "utf-8", "backslashreplace")
        return [str(v) for v in array.reshape(len(array))] if array.size == len(array) else _refuse_shape(array, where)
    if array.dtype.kind not in "biuf":
        raise BadData(f"{where}: labels are {array.dtype.name} (allowed: whole numbers or names)")
    if array.ndim == 0:
        raise BadData(f"{where}: one label, not one for each example")
    if array.ndim > 1 and array.size != len(array):
        return _one_hot(array, where, notes)
    array = array.reshape(len(array))
    if array.dtype.kind == "f":
        bad = np.flatnonzero(~(np.isfinite(array) & (array == np.rint(array))))
        if len(bad):
            raise BadData(
                f"{where}: row {bad[0]} has the label {number(array[bad[0]])} (allowed: whole numbers from 0 "
                f"to {LARGEST})"
            )
    bad = np.flatnonzero((array < 0) | (array > LARGEST)) if array.dtype.kind != "b" else np.zeros(0, int)
    if len(bad):
        hint = "; -1 often means that a split has no labels: --splits leaves it out" if array[bad[0]] == -1 else ""
        raise BadData(
            f"{where}: row {bad[0]} has the label {number(array[bad[0]])} (allowed: whole numbers from 0 to "
            f"{LARGEST}){hint}"
        )
    return array.astype(np.int64)


def _kind(value: Any) -> str:
    return "text" if isinstance(value, (str, bytes)) else "number"


def _refuse_shape(array: np.ndarray, where: str) -> Any:
    raise BadData(f"{where}: labels of shape {array.shape[1:]} (allowed: one a row, or one-hot rows)")


def _one_hot(array: np.ndarray, where: str, notes: list[str]) -> np.ndarray:
    if array.ndim > 2:
        _refuse_shape(array, where)
    bad = np.flatnonzero(~(((array == 0) | (array == 1)).all(1) & ((array == 1).sum(1) == 1)))
    if len(bad):
        raise BadData(
            f"{where}: row {bad[0]} of the labels is {quoted(array[bad[0]].tolist())}, which is not one-hot "
            "(allowed: one 1, the others 0)"
        )
    note(notes, "one-hot labels became numbers")
    return array.argmax(1).astype(np.int64)


def ten_to_zero(label: Any, where: str, notes: list[str]) -> np.ndarray:
    """Labels 1…10 of digits, where 10 is the digit 0. Raises BadData for a 0 beside a 10, or another number."""
    numbers = one_a_row(label, where, notes)
    if isinstance(numbers, list):
        raise BadData(f"{where}: labels are names (allowed: 1 to 10, where 10 is the digit 0)")
    bad = np.flatnonzero(numbers > 10)
    if len(bad):
        raise BadData(
            f"{where}: row {bad[0]} has the label {numbers[bad[0]]} (allowed: 1 to 10, where 10 is the digit 0)"
        )
    if (numbers == 10).any():
        if (numbers == 0).any():
            raise BadData(f"{where}: has both labels 0 and 10; which of them is the digit 0?")
        note(notes, "label 10 became 0: it is the digit 0")
    return numbers % 10


def resolved(
    labels: Sequence[np.ndarray | list[str]],
    wheres: Sequence[str],
    names: Sequence[str] | None,
    given: Sequence[str] | int | None,
    notes: list[str],
) -> tuple[np.ndarray, list[str] | int]:
    """All labels as numbers 0 … K−1, and the classes in order: names, or how many there are.

    `names` are those that the source has for its numbers, `given` those (or how many) that the user says.
    Raises BadData where names and numbers mix, or a label is beyond the classes.
    """
    texts = [isinstance(part, list) for part in labels]
    if any(texts) and not all(texts):
        raise BadData(
            f"{wheres[texts.index(True)]}: labels are names, those of {wheres[texts.index(False)]} are numbers"
        )
    if given is not None and names is not None and not isinstance(given, int) and list(given) != list(names):
        note(notes, f"the classes are named as --classes says; the source calls them {listed(names)}")
    if texts and all(texts):
        return _named([name for part in labels for name in part], labels, wheres, given, notes)
    numbers = np.concatenate(labels) if labels else np.zeros(0, np.int64)
    classes = given if given is not None else names
    if classes is not None:
        size = classes if isinstance(classes, int) else len(classes)
        for part, where in zip(labels, wheres):
            bad = np.flatnonzero(np.asarray(part) >= size)
            if len(bad):
                raise BadData(
                    f"{where}: row {bad[0]} has the label {part[bad[0]]} (allowed: 0 to {size - 1}, for "
                    f"{count(size, 'class', 'classes')})"
                )
        kept: list[str] | int = classes if isinstance(classes, int) else list(classes)
        return numbers, kept
    present = np.unique(numbers)
    if len(present) > 1 and present[0] == 1 and present[-1] == len(present):
        note(notes, f"labels 1…{len(present)} became 0…{len(present) - 1}; their names stay '1' to '{len(present)}'")
        return numbers - 1, [str(n) for n in present]
    gaps = sorted(set(range(int(present[-1]) + 1)) - set(present.tolist())) if len(present) else []
    if gaps:
        note(notes, f"no example has label {listed(gaps)}")
    return numbers, int(present[-1]) + 1 if len(present) else 0


def _named(
    all_names: list[str],
    labels: Sequence[Any],
    wheres: Sequence[str],
    given: Sequence[str] | int | None,
    notes: list[str],
) -> tuple[np.ndarray, list[str]]:
    there = sorted(set(all_names))
    if isinstance(given, int):
        if given != len(there):
            raise BadData(
                f"{wheres[0]}: {count(len(there), 'class', 'classes')} there ({listed(there)}), --classes says {given}"
            )
        given = None
    classes = list(given) if given is not None else there
    number_of = {name: i for i, name in enumerate(classes)}
    for part, where in zip(labels, wheres):
        for i, name in enumerate(part):
            if name not in number_of:
                raise BadData(f"{where}: row {i}: {unknown('class', name, classes)}")
    return np.array([number_of[name] for name in all_names], np.int64), classes
