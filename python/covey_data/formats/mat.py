"""MATLAB files of digits: Digits-Five, SVHN, USPS."""

from __future__ import annotations

import argparse
import math
from typing import Any

import numpy as np

from .. import memory
from ..arrays import shaped, values
from ..errors import BadData
from ..extras import needed
from ..files import found, split_of, stem
from ..labels import ten_to_zero
from ..parts import Conversion, Part
from ..words import listed

LAYOUTS = {
    "digits-five": "mnist_data, mnistm_with_label, svhn_*_32x32, usps_28x28, syn_number; each file is a domain",
    "svhn": "X is H×W×3×N, y 1 to 10, where 10 is the digit 0; the file's name says train, test or extra",
    "usps": "a 2×2 cell `dataset`: images and labels of training, and of test",
}
# Names of arrays by which a file of Digits-Five is known: images, labels, for each split.
ARRAYS = [
    {"train": ("train_32", "label_train"), "test": ("test_32", "label_test")},
    {"train": ("train", "label_train"), "test": ("test", "label_test")},
    {"train": ("train_data", "train_label"), "test": ("test_data", "test_label")},
]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="+", metavar="FILE", help="MATLAB files up to version 7.2 (.mat), or folders of them"
    )
    parser.add_argument(
        "--layout", required=True, choices=list(LAYOUTS), help="; ".join(f"{k}: {v}" for k, v in LAYOUTS.items())
    )


def convert(args: argparse.Namespace) -> Conversion:
    """What the files hold. Raises BadData for a file of another layout."""
    conversion = Conversion([], licence=args.licence, citation=args.citation)
    for file in found(args.paths, [".mat"]):
        conversion.parts += parts_of(file, args.layout, args.splits or {}, conversion.notes)
    return conversion


def parts_of(file: str, layout: str, splits: dict[str, str], notes: list[str]) -> list[Part]:
    """The file's training and test examples; under digits-five its domain is the name up to the first `_`."""
    held = _loaded(file)
    domain = stem(file).split("_")[0] if layout == "digits-five" else None
    pairs: dict[str, tuple[str, Any, Any]] = {}
    names = next((a for a in ARRAYS if all(n in held for pair in a.values() for n in pair)), None)
    if layout == "digits-five" and names:
        pairs = {s: (f"{file}: {x}", held[x], held[y]) for s, (x, y) in names.items()}
    elif layout != "usps" and "X" in held and "y" in held:
        split = split_of(file, {"extra", *splits})
        if split is None:
            raise BadData(f"{file}: its name says neither train nor test nor extra")
        if np.ndim(held["X"]) != 4:
            raise BadData(f"{file}: X has {np.ndim(held['X'])} extents (allowed: 4, H×W×3×N)")
        pairs = {split: (f"{file}: X", np.moveaxis(held["X"], 3, 0), held["y"])}
    elif layout != "svhn" and "dataset" in held:
        cell = held["dataset"]
        if getattr(cell, "shape", None) != (2, 2) or cell.dtype != object:
            raise BadData(f"{file}: dataset is no 2×2 cell")
        pairs = {s: (f"{file}: dataset({k + 1}, 1)", cell[k, 0], cell[k, 1]) for k, s in enumerate(("train", "test"))}
    else:
        wanted = {"digits-five": "those of one of its files", "svhn": "X, y", "usps": "dataset"}[layout]
        raise BadData(f"{file}: not of layout {layout}: its arrays are {listed(held) or 'none'} (allowed: {wanted})")
    return [_part(where, x, y, split, domain, notes) for split, (where, x, y) in pairs.items()]


def _part(where: str, x: Any, y: Any, split: str, domain: str | None, notes: list[str]) -> Part:
    for array in (x, y):
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
            raise BadData(f"{where}: holds {getattr(array, 'dtype', type(array).__name__)}, not numbers")
    y = y.reshape(-1) if y.ndim == 2 and 1 in y.shape else y
    if y.ndim == 2 and len(y) != len(x) and y.shape[1] == len(x):
        y = y.T
    kind, images = shaped(values(x, where, notes), where, notes, None, None, image=True)
    return Part(where, kind, images, label=ten_to_zero(y, where, notes), split=split, domain=domain)


def _loaded(file: str) -> dict[str, Any]:
    """The file's arrays by name. Raises BadData where it is damaged, or newer: those are HDF5."""
    io = needed("scipy.io", "mat", "reading MATLAB files")
    try:
        for name, shape, kind in io.whosmat(file):
            memory.check(math.prod(shape) * (1 if kind in ("uint8", "int8", "logical") else 8), f"{file}: {name}")
        held = io.loadmat(file)
    except NotImplementedError:
        raise BadData(f"{file}: a MATLAB 7.3 file, which is HDF5: use `covey-data hdf5`") from None
    except Exception as error:  # SciPy raises of many kinds for damaged files
        raise BadData(f"{file}: cut, damaged or no MATLAB file: {error}") from None
    return {k: v for k, v in held.items() if not k.startswith("__")}
