"""Pickles of known layouts, read by the restricted unpickler."""

from __future__ import annotations

import argparse
import os
from typing import Any

import numpy as np

from .. import unpickle
from ..arrays import npy, npz, shaped, values
from ..errors import BadData, BadUsage
from ..files import read, split_of, stem, there, walked
from ..parts import Conversion, Part
from ..words import in_order, listed, quoted, unknown
from . import columns, split

LAYOUTS = {
    "fedbn": "tuples (images, labels): folders with partitions/train_part*.pkl and test.pkl; each is a domain",
    "cifar": "the Python version of CIFAR-10 or CIFAR-100: data_batch_*, test_batch, or train, test",
    "pfllib": "train/<client>.npz and test/<client>.npz with one pickled dict of x and y under `data`",
    "fl-bench": "a folder with data.npy, targets.npy and partition.pkl",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="the files, or the folder of them")
    parser.add_argument(
        "--layout", required=True, choices=list(LAYOUTS), help="; ".join(f"{k}: {v}" for k, v in LAYOUTS.items())
    )
    parser.add_argument("--label", choices=["fine", "coarse"], help="of CIFAR-100 (default: fine)")
    parser.add_argument("--domain", choices=["coarse"], help="coarse: CIFAR-100's coarse classes are domains")
    columns.arrays(parser)


def convert(args: argparse.Namespace) -> Conversion:
    """What the files hold. Raises BadData for another layout, and for a pickle that names more than NumPy's arrays."""
    there(args.paths)
    if args.layout != "cifar" and (args.label or args.domain):
        raise BadUsage("--label and --domain: of the layout cifar alone")
    made = {"fedbn": _fedbn, "cifar": _cifar, "pfllib": _pfllib, "fl-bench": _fl_bench}[args.layout](args)
    made.licence, made.citation = args.licence, args.citation
    return made


def _opened(path: str) -> Any:
    data = read(path)
    if data[:2] == b"PK":
        raise BadData(f"{path}: a zip file (torch.save writes such), not a plain pickle")
    return unpickle.loads(data, path)


def _array(value: Any, where: str, what: str) -> np.ndarray:
    if (
        isinstance(value, list)
        and value
        and all(type(v) in (int, float, bool) or isinstance(v, np.generic) for v in value)
    ):
        value = np.array(value)
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf" or not value.ndim:
        raise BadData(f"{where}: {what} are a {type(value).__name__} (allowed: an array of numbers)")
    return value


def _part(where: str, x: Any, y: Any, args: argparse.Namespace, notes: list[str], **roles: Any) -> Part:
    x, y = _array(x, where, "the images"), _array(y, where, "the labels")
    kind, inputs = shaped(values(x, where, notes), where, notes, args.shape, args.order)
    return Part(where, kind, inputs, label=y, **roles)


# FedBN


def _fedbn(args: argparse.Namespace) -> Conversion:
    made = Conversion([])
    for path in args.paths:
        files = [f for f in walked(path) if f.endswith(".pkl")] if os.path.isdir(path) else [path]
        if not files:
            raise BadData(f"{path}: no .pkl file in this folder")
        files.sort(key=lambda f: (split_of(f) != "train", os.path.dirname(f), _numbered(stem(f))))
        for file in files:
            held = _opened(file)
            if not isinstance(held, (tuple, list)) or len(held) != 2:
                raise BadData(f"{file}: holds a {type(held).__name__}, not a pair (images, labels)")
            split_name = split_of(file)
            if split_name is None:
                raise BadData(f"{file}: its name says neither train nor test")
            folder = os.path.dirname(os.path.abspath(file))
            if os.path.basename(folder) == "partitions":
                folder = os.path.dirname(folder)
            x, y = held
            made.parts.append(_part(file, x, y, args, made.notes, split=split_name, domain=os.path.basename(folder)))
    return made


def _numbered(name: str) -> tuple[str, int]:
    digits = len(name) - len(name.rstrip("0123456789"))
    return (name[: len(name) - digits], int(name[-digits:])) if digits else (name, -1)


# CIFAR


def _cifar(args: argparse.Namespace) -> Conversion:
    files = []
    for path in args.paths:
        files += [f for f in walked(path) if _is_batch(os.path.basename(f))] if os.path.isdir(path) else [path]
    if not files:
        raise BadData(f"{args.paths[0]}: no data_batch_*, test_batch, train or test in this folder")
    return cifar(files, args.label or "fine", args.domain)


def _is_batch(name: str) -> bool:
    return name.startswith("data_batch_") or name in ("test_batch", "train", "test")


def cifar(files: list[str], label: str = "fine", domain: str | None = None) -> Conversion:
    """CIFAR-10 or CIFAR-100 in the order of the files; the classes' names are those of the meta file beside them."""
    made = Conversion([])
    files = sorted(
        files,
        key=lambda f: (os.path.basename(f).startswith("test"), os.path.dirname(f), _numbered(os.path.basename(f))),
    )
    for file in files:
        held = _texts(_opened(file), file)
        key = "labels" if "labels" in held else f"{label}_labels"
        for name in ("data", key):
            if name not in held:
                raise BadData(f"{file}: {unknown('key', name, held)}")
        x = _array(held["data"], file, "data")
        if x.dtype != np.uint8 or x.shape[1:] != (3072,):
            raise BadData(f"{file}: data are {x.dtype.name} of shape {x.shape} (allowed: uint8, N×3072)")
        part = Part(file, "image", x.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), label=_array(held[key], file, key))
        part.split = "test" if os.path.basename(file).startswith("test") else "train"
        if domain:
            if "coarse_labels" not in held:
                raise BadData(f"{file}: --domain coarse: {unknown('key', 'coarse_labels', held)}")
            numbers = _array(held["coarse_labels"], file, "coarse_labels")
            names = _meta(file, "coarse_label_names")
            if names and len(numbers) and not 0 <= numbers.min() <= numbers.max() < len(names):
                raise BadData(
                    f"{file}: coarse_labels are of {numbers.min()} to {numbers.max()} (allowed: 0 to {len(names) - 1})"
                )
            part.domain = [names[n] if names else str(n) for n in numbers.tolist()]
        made.parts.append(part)
    made.classes = _meta(files[0], "label_names" if key == "labels" else f"{label}_label_names")
    return made


def _texts(held: Any, where: str) -> dict[str, Any]:
    """The dict with its keys as text: Python 2 wrote bytes."""
    if not isinstance(held, dict):
        raise BadData(f"{where}: holds a {type(held).__name__}, not a dict")
    return {k.decode("latin-1") if isinstance(k, bytes) else str(k): v for k, v in held.items()}


def _meta(file: str, key: str) -> list[str] | None:
    for name in ("batches.meta", "meta"):
        path = os.path.join(os.path.dirname(file), name)
        if os.path.exists(path):
            held = _texts(_opened(path), path)
            names = held.get(key)
            if not isinstance(names, list) or not all(isinstance(n, (str, bytes)) for n in names):
                raise BadData(f"{path}: {unknown('key', key, held)}")
            return [n.decode("utf-8") if isinstance(n, bytes) else n for n in names]
    return None


# PFLlib


def _pfllib(args: argparse.Namespace) -> Conversion:
    made = Conversion([])
    files = []
    for path in args.paths:
        inside = [f for f in walked(path) if f.endswith(".npz")] if os.path.isdir(path) else [path]
        if not inside:
            raise BadData(f"{path}: no train/<client>.npz in this folder")
        files += inside
    names = in_order(stem(f) for f in files)
    files.sort(key=lambda f: (names.index(stem(f)), os.path.basename(os.path.dirname(os.path.abspath(f))) != "train"))
    for file in files:
        folder = os.path.basename(os.path.dirname(os.path.abspath(file)))
        if folder not in ("train", "test"):
            raise BadData(f"{file}: in the folder {quoted(folder)} (allowed: train, test)")
        held = npz(file, pickled=True)
        if set(held) == {"data"}:
            held = held["data"]
        if not isinstance(held, dict) or not {"x", "y"} <= set(held):
            raise BadData(
                f"{file}: holds {listed(held) if isinstance(held, dict) else type(held).__name__} (allowed: a "
                "dict of x and y under data)"
            )
        made.parts.append(_part(f"{file}: x", held["x"], held["y"], args, made.notes, client=stem(file), split=folder))
    return made


# FL-bench


def _fl_bench(args: argparse.Namespace) -> Conversion:
    if len(args.paths) != 1 or not os.path.isdir(args.paths[0]):
        raise BadUsage("--layout fl-bench: takes one folder, with data.npy, targets.npy and partition.pkl")
    root, made = args.paths[0], Conversion([])
    held = {}
    for key, ways in {
        "data": ("data.npy", "xdata.npy"),
        "targets": ("targets.npy", "ydata.npy"),
        "partition": ("partition.pkl",),
    }.items():
        path = next((p for p in (os.path.join(root, w) for w in ways) if os.path.exists(p)), None)
        if path is None:
            raise BadData(f"{root}: there is no {' or '.join(ways)}")
        held[key] = path
    x, y = npy(read(held["data"]), held["data"]), npy(read(held["targets"]), held["targets"])
    whole = _part(held["data"], x, y, args, made.notes)
    if len(y) != len(x):
        raise BadData(f"{root}: {len(x)} examples in data, {len(y)} in targets")
    division = split.opened(held["partition"], None, None)
    split.checked(division, held["partition"], len(x))
    for client, lists in division.clients.items():
        for name, rows in lists.items():
            made.parts.append(
                Part(
                    f"{held['data']}: client {client}",
                    whole.kind,
                    whole.inputs[rows],
                    label=whole.label[rows],
                    client=client,
                    split=name,
                )
            )
    used = sum(len(rows) for lists in division.clients.values() for rows in lists.values())
    if used < len(x):
        made.notes.append(f"{len(x) - used} of {len(x)} examples belong to no client and are left out")
    return made
