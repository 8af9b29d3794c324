"""What a format hands over (parts), and what is made of it (one set of examples)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import arrays, images, labels, memory
from .arrays import note
from .errors import BadData, BadUsage
from .files import SPLITS
from .words import count, extents, in_order, is_text, listed, quoted

ROLES = ("client", "domain", "group", "split")


@dataclass
class Part:
    """Examples that come from one place of a file.

    `kind` is image, sequence, vector or text; `inputs` an array of all, or a list of images H×W×C or of texts.
    A role is one name for all examples, or a list of one for each.
    """

    where: str
    kind: str
    inputs: Any
    label: Any = None
    target: np.ndarray | None = None
    client: Any = None
    domain: Any = None
    group: Any = None
    split: Any = None

    def __len__(self) -> int:
        return len(self.inputs)


@dataclass
class Conversion:
    """All that a format found: the parts in order, and what the source says about them."""

    parts: list[Part]
    classes: list[str] | None = None
    features: list[str] | None = None
    licence: str | None = None
    citation: str | None = None
    about: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass
class Options:
    """What the command line says about the output; see `commands.output_options`."""

    size: tuple[int, int] | None = None
    channels: int | None = None
    bytes: bool = False
    classes: list[str] | int | None = None
    splits: dict[str, str] | None = None


@dataclass
class Examples:
    """One set of examples, ready to be written. `inputs` is an array, or a list: images of several sizes, or texts."""

    kind: str
    inputs: Any
    label: np.ndarray | None
    target: np.ndarray | None
    classes: list[str] | int | None
    roles: dict[str, np.ndarray]
    features: list[str] | None
    notes: list[str]

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def answer(self) -> np.ndarray:
        """The labels or the targets, whichever there are."""
        found = self.label if self.label is not None else self.target
        assert found is not None
        return found


def joined(found: Conversion, options: Options) -> Examples:
    """The parts as one set: splits named, labels numbered, images of one type, depth and, if asked for, size.

    Raises BadData where parts do not fit together, BadUsage where an option does not fit what is there.
    """
    notes = list(found.notes)
    parts = [_counted(part) for part in found.parts]
    parts = _in_splits(parts, options, notes)
    parts = [p for p in parts if len(p)]
    if not parts:
        raise BadData(f"{found.parts[0].where if found.parts else 'the files'}: no examples")
    kinds = {p.kind for p in parts}
    if len(kinds) > 1:
        other = next(p for p in parts if p.kind != parts[0].kind)
        raise BadData(f"{parts[0].where}: holds {parts[0].kind}s, {other.where} {other.kind}s")
    kind = parts[0].kind
    label, target, classes = _answers(parts, found, options, notes)
    roles = {r: _role(parts, r) for r in ROLES}
    return Examples(
        kind,
        _inputs(parts, kind, options, notes),
        label,
        target,
        classes,
        {r: v for r, v in roles.items() if v is not None},
        found.features,
        notes,
    )


def _counted(part: Part) -> Part:
    """The part, when all that it has is as long as its inputs."""
    for name in ("label", "target", *ROLES):
        value = getattr(part, name)
        if value is not None and not isinstance(value, str) and len(value) != len(part):
            raise BadData(f"{part.where}: {count(len(part), 'example')}, {count(len(value), name)}")
    return part


def _in_splits(parts: list[Part], options: Options, notes: list[str]) -> list[Part]:
    """The parts with splits called train, val and test; rows of those that `--splits` does not name are left out."""
    if all(p.split is None for p in parts):
        if options.splits:
            raise BadUsage("--splits: the source has no splits (say --split)")
        return parts
    lacking = next((p for p in parts if p.split is None), None)
    if lacking:
        raise BadData(f"{lacking.where}: no split is known, while other files have one")
    names = dict(options.splits) if options.splits else dict(SPLITS)
    there = Counter(s for p in parts for s in ([p.split] * len(p) if isinstance(p.split, str) else p.split))
    for name in options.splits or {}:
        if name not in there:
            raise BadUsage(f"--splits: there is no split {quoted(name)} (there: {listed(sorted(there))})")
    if not options.splits:
        bad = next((s for s in there if s not in names), None)
        if bad is not None:
            where = next(p.where for p in parts if p.split == bad or bad in p.split)
            raise BadData(
                f"{where}: the split {quoted(bad)} (allowed: train, val, test, validation, valid, dev; there: "
                f"{listed(sorted(there))}); "
                f"--splits train={bad.replace(' ', '')} says what it is, and leaves out those that it does not name"
            )
    for name in sorted(there):
        if name not in names:
            note(
                notes,
                f"split {quoted(name)}: {count(there[name], 'example')} left out, since --splits does not name it",
            )
        elif names[name] != name:
            note(notes, f"split {quoted(name)} is called {quoted(names[name])}")
    kept = []
    for part in parts:
        splits = [part.split] * len(part) if isinstance(part.split, str) else list(part.split)
        rows = [i for i, s in enumerate(splits) if s in names]
        if len(rows) < len(splits):
            part = _rows(part, rows)
        part.split = [names[splits[i]] for i in rows]
        kept.append(part)
    return kept


def _rows(part: Part, rows: list[int]) -> Part:
    """The part with these rows alone."""

    def of(value: Any) -> Any:
        if value is None or isinstance(value, str):
            return value
        return value[rows] if isinstance(value, np.ndarray) else [value[i] for i in rows]

    return Part(part.where, part.kind, of(part.inputs), *(of(getattr(part, n)) for n in ("label", "target", *ROLES)))


def _answers(parts: list[Part], found: Conversion, options: Options, notes: list[str]) -> tuple[Any, Any, Any]:
    if any(p.target is not None for p in parts):
        if options.classes is not None:
            raise BadUsage("--classes: targets are numbers and have no classes")
        targets = []
        for p in parts:
            if p.target is None:
                raise BadData(f"{p.where}: no target, while other files have one")
            value = np.asarray(p.target)
            if value.dtype.kind not in "biuf":
                raise BadData(f"{p.where}: the target holds {value.dtype.name}, not numbers")
            arrays.finite(value, f"{p.where}: the target")
            with np.errstate(over="ignore"):
                single = np.ascontiguousarray(value.astype(np.float32)).reshape(len(value), -1)
            arrays.finite(single, f"{p.where}: the target as float32")
            targets.append(single[:, 0] if single.shape[1] == 1 else single)
        if len({t.shape[1:] for t in targets}) > 1:
            raise BadData(f"{parts[0].where}: targets of several lengths")
        return None, np.concatenate(targets), None
    raw = []
    for p in parts:
        if p.label is None:
            raise BadData(f"{p.where}: no labels (say --label, or --target for numbers to be predicted)")
        raw.append(labels.one_a_row(p.label, p.where, notes))
    label, classes = labels.resolved(raw, [p.where for p in parts], found.classes, options.classes, notes)
    return label, None, classes


def _role(parts: list[Part], role: str) -> np.ndarray | None:
    """One name for each example; None where no part has the role. Raises BadData for an empty name, or U+0000."""
    values = [getattr(p, role) for p in parts]
    if all(v is None for v in values):
        return None
    names: list[str] = []
    for part, value in zip(parts, values):
        if value is None:
            raise BadData(f"{part.where}: no {role}, while other files have one")
        mine = [value] * len(part) if isinstance(value, str) else list(value)
        for i, name in enumerate(mine):
            if not is_text(name):
                raise BadData(
                    f"{part.where}: row {i} has the {role} {quoted('' if name is None else name)} (allowed: "
                    "names of one character at least, without U+0000)"
                )
        names += mine
    return np.array(names)


def _inputs(parts: list[Part], kind: str, options: Options, notes: list[str]) -> Any:
    """All inputs as one array where they have one shape, else as a list."""
    if kind != "image":
        for given, name in ((options.size, "--size"), (options.channels, "--channels"), (options.bytes, "--bytes")):
            if given and not (name == "--bytes" and kind == "vector"):
                raise BadUsage(f"{name}: the inputs are {kind}s, not images")
    if kind == "text":
        return [text for p in parts for text in p.inputs]
    made = [_typed(p, options, notes) for p in parts]
    hint = "; --bytes makes floats that are bytes into bytes" if kind == "image" else ""
    _same(parts, [m[0].dtype.name for m in made], hint)
    if kind == "image":
        return _pictures(parts, made, options, notes)
    _same(parts, [f"examples of {extents(m.shape[1:])}" for m in made])
    return made[0] if len(made) == 1 else np.concatenate(made)


def _typed(part: Part, options: Options, notes: list[str]) -> Any:
    """The part's inputs as bytes or float32. Raises BadData where one image has 8 bits and another 16."""
    if not isinstance(part.inputs, list):
        made = arrays.values(part.inputs, part.where, notes)
        return arrays.as_bytes(made, part.where) if options.bytes else made
    if options.bytes:
        return [arrays.as_bytes(image, part.where) for image in part.inputs]
    first = part.inputs[0].dtype
    other = next((i for i, image in enumerate(part.inputs) if image.dtype != first), None)
    if other is not None:
        bits = (8, 16) if first == np.uint8 else (16, 8)
        raise BadData(f"{part.where}: image 0 has {bits[0]} bits, image {other} has {bits[1]} (allowed: one kind)")
    return part.inputs


def _same(parts: list[Part], words: list[str], hint: str = "") -> None:
    """Raises BadData for the first part of which other words are true than of the first."""
    for part, word in zip(parts, words):
        if word != words[0]:
            raise BadData(f"{part.where}: {word}, while {parts[0].where} has {words[0]}{hint}")


def _pictures(parts: list[Part], made: list[Any], options: Options, notes: list[str]) -> Any:
    """Images of one depth and, where `--size` says it, of one size; stacked if they can be, else as a list."""
    depth = _depth(parts, made, options, notes)
    sizes: Counter[tuple[int, int]] = Counter()
    for m in made:
        sizes.update([image.shape[:2] for image in m] if isinstance(m, list) else {m.shape[1:3]: len(m)})
    if options.size is None and len(sizes) > 1:
        if made[0][0].dtype != np.uint8:
            one, other = list(sizes)[:2]
            raise BadData(
                f"images of several sizes ({extents(one)}, {extents(other)}) that are floats cannot be PNG files; "
                "--size HEIGHTxWIDTH brings them to one size"
            )
        return [np.repeat(i, depth // i.shape[2], 2) for m in made for i in m]
    height, width = options.size or next(iter(sizes))
    total, fitting = sum(sizes.values()), sizes[height, width]
    if fitting < total:
        others = listed(extents(s) for s in sorted(sizes) if s != (height, width))
        note(notes, f"{count(total - fitting, 'image')} of {others} resized to {height}×{width}, bilinearly")
    if len(made) == 1 and isinstance(made[0], np.ndarray) and fitting == total and made[0].shape[3] == depth:
        return np.ascontiguousarray(made[0])
    memory.check(total * height * width * depth * made[0][0].dtype.itemsize, parts[0].where)
    whole, at = np.empty((total, height, width, depth), made[0][0].dtype), 0
    for m in made:
        if isinstance(m, np.ndarray) and m.shape[1:3] == (height, width):
            whole[at : at + len(m)] = m
        else:
            for k, image in enumerate(m):
                whole[at + k] = images.resized(image, height, width)
        at += len(m)
    return whole


def _depth(parts: list[Part], made: list[Any], options: Options, notes: list[str]) -> int:
    """The number of channels that all images get: as said, else theirs, or 3 where grey and colour meet."""
    each = [{image.shape[2] for image in (m if isinstance(m, list) else m[:1])} for m in made]
    depths = set().union(*each)
    wanted = options.channels or (next(iter(depths)) if len(depths) == 1 else 3)
    for part, own in zip(parts, each):
        if not own <= {wanted, 1}:
            raise BadData(f"{part.where}: images of {listed(sorted(own))} channels cannot become {wanted}")
    if depths != {wanted}:
        note(notes, f"grey images are repeated over {wanted} channels")
    return wanted


def counts(examples: Examples) -> dict[str, dict[str, Any]]:
    """How many examples each split, client and domain has; clients and domains by split."""
    splits = examples.roles.get("split")
    of = splits.tolist() if splits is not None else ["train"] * len(examples)
    order = [s for s in ("train", "val", "test") if s in set(of)]
    total = Counter(of)
    result: dict[str, dict[str, Any]] = {"splits": {s: total[s] for s in order}}
    for role, key in (("client", "clients"), ("domain", "domains")):
        if role in examples.roles:
            both = Counter(zip(examples.roles[role].tolist(), of))
            names = in_order(examples.roles[role].tolist())
            result[key] = {n: {s: both[n, s] for s in order if both[n, s]} for n in names}
    return result
