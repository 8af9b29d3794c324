"""HDF5: arrays by their paths, one group a client (TFF's older files) or one a split."""

from __future__ import annotations

import argparse
import fnmatch
from typing import Any

import numpy as np

from .. import memory
from ..arrays import shaped, values
from ..errors import BadData, BadUsage
from ..extras import needed
from ..files import found, splits_of, unique_names
from ..parts import ROLES, Conversion, Part
from ..tables import name_of
from ..words import in_order, quoted, unknown
from . import columns

IMAGES = ("image", "images", "pixels", "img")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="FILE", help="HDF5 files (.h5, .hdf5), or folders of them")
    parser.add_argument(
        "--inputs",
        required=True,
        metavar="PATH",
        help="path of the inputs in the file; a * stands for any group: 'examples/*/pixels'",
    )
    columns.roles(parser, "path", "; `group` takes what the * stands for, `file` the name of the file")
    columns.arrays(parser)


def convert(args: argparse.Namespace) -> Conversion:
    """What the files hold. Raises BadData for a path that is not there, and for links out of the file."""
    h5py = needed("h5py", "hdf5", "reading HDF5")
    if bool(args.label) == bool(args.target):
        raise BadUsage("--label PATH or --target PATH: one of them says what is to be predicted")
    paths = {"inputs": args.inputs, "label": args.label, "target": args.target and ",".join(args.target)}
    paths.update({r: v for r in ROLES if (v := getattr(args, r)) and v not in ("group", "file")})
    for name, path in paths.items():
        if path and path.count("*") > 1:
            raise BadUsage(f"--{name} {quoted(path)}: more than one * (allowed: one)")
        if path and path.count("*") != args.inputs.count("*"):
            raise BadUsage(f"--{name} {quoted(path)}: --inputs has {args.inputs.count('*')} *, so should it")
    if "*" not in args.inputs and "group" in [getattr(args, r) for r in ROLES]:
        raise BadUsage("group: what the * in --inputs stands for, but there is no *")
    files = found(args.paths, [".h5", ".hdf5", ".hdf"])
    conversion = Conversion([], licence=args.licence, citation=args.citation)
    by_name = splits_of(files, args.split, args.splits or (), conversion.notes)
    names = unique_names(files) if "file" in (args.client, args.domain, args.group) else files
    for k, file in enumerate(files):
        try:
            with h5py.File(file, "r") as opened:
                conversion.parts += _parts(
                    h5py, opened, file, names[k], by_name[k] if by_name else None, paths, args, conversion.notes
                )
        except (OSError, RuntimeError, KeyError, ValueError) as error:
            raise BadData(f"{file}: cut, damaged or no HDF5 file: {error}") from None
    return conversion


def _parts(
    h5py: Any,
    file: Any,
    path: str,
    name: str,
    split: str | None,
    paths: dict[str, Any],
    args: argparse.Namespace,
    notes: list[str],
) -> list[Part]:
    there = _datasets(h5py, file, path)
    groups = in_order(_groups(paths["inputs"], there))
    if not groups:
        raise BadData(f"{path}: --inputs: {unknown('path', paths['inputs'], _patterns(paths['inputs'], there))}")
    made = []
    for group in groups:
        read = {
            key: _read(h5py, file, path, key, value.replace("*", group), there) for key, value in paths.items() if value
        }
        where = f"{path}: {paths['inputs'].replace('*', group)}"
        kind, inputs = shaped(
            values(read.pop("inputs"), where, notes),
            where,
            notes,
            args.shape,
            args.order,
            where.rsplit("/", 1)[-1] in IMAGES,
        )
        roles: dict[str, Any] = {"split": split}
        for role in ROLES:
            said = getattr(args, role)
            if said == "group":
                roles[role] = group
            elif said == "file" and role != "split":
                roles[role] = name
            elif role in read:
                roles[role] = [name_of(v) for v in read.pop(role).reshape(-1)]
        made.append(Part(where, kind, inputs, **read, **roles))
    return made


def _datasets(h5py: Any, file: Any, path: str) -> dict[str, None]:
    """The paths of all arrays. Links to other files are not followed, and refused."""
    names, waiting = [], [("", file)]
    while waiting:
        prefix, group = waiting.pop()
        for key in group:
            link = group.get(key, getlink=True)
            if isinstance(link, h5py.ExternalLink):
                raise BadData(
                    f"{path}: {prefix}{key} is a link to another file ({quoted(link.filename)}), which is refused"
                )
            if isinstance(link, h5py.SoftLink):
                continue
            child = group[key]
            if isinstance(child, h5py.Group):
                if prefix.count("/") > 30:
                    raise BadData(f"{path}: groups within groups, more than 30 deep")
                waiting.append((f"{prefix}{key}/", child))
            elif isinstance(child, h5py.Dataset):
                names.append(prefix + key)
    return dict.fromkeys(sorted(names))


def _groups(pattern: str, there: dict[str, None]) -> list[str]:
    """What the * stands for, in each path that fits; one empty name where there is no *."""
    if "*" not in pattern:
        return [""] if pattern.strip("/") in there else []
    before, after = pattern.strip("/").split("*")
    inner = [
        p[len(before) : len(p) - len(after)]
        for p in there
        if fnmatch.fnmatchcase(p, f"{_plain(before)}*{_plain(after)}")
    ]
    return [g for g in inner if g and "/" not in g]


def _patterns(pattern: str, there: dict[str, None]) -> list[str]:
    """The paths that there are, with a * where the pattern has one."""
    parts = pattern.strip("/").split("/")
    star = next((i for i, part in enumerate(parts) if "*" in part), None)
    split = [path.split("/") for path in there]
    if star is not None:
        split = [["*" if i == star and len(p) > star + 1 else part for i, part in enumerate(p)] for p in split]
    return list(dict.fromkeys("/".join(p) for p in split))


def _plain(text: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)


def _read(h5py: Any, file: Any, path: str, option: str, name: str, there: dict[str, None]) -> np.ndarray:
    if name.strip("/") not in there:
        raise BadData(f"{path}: --{option}: {unknown('path', name, there)}")
    data = file[name]
    where = f"{path}: {name}"
    if data.is_virtual or data.external:
        raise BadData(f"{where}: its values lie in another file, which is refused")
    if data.shape is None:
        raise BadData(f"{where}: has no values")
    if data.dtype.kind == "O" and h5py.check_string_dtype(data.dtype) is None or data.dtype.kind not in "biufSO":
        raise BadData(f"{where}: holds {data.dtype}, which is refused (allowed: numbers and text)")
    memory.check(data.size * data.dtype.itemsize, where)
    array = data.asstr()[()] if data.dtype.kind in "SO" else data[()]
    if data.dtype.kind in "SO":
        array = np.array(array, dtype=str)
    if np.ndim(array) == 0:
        raise BadData(f"{where}: one value, not one for each example")
    return array
