"""The files that torchvision has downloaded; read as they lie there, without torchvision."""

from __future__ import annotations

import argparse
import bz2
import gzip
import os
import string
import zlib
from collections.abc import Callable

import numpy as np

from .. import memory
from ..errors import BadData, BadUsage, MissingPath
from ..files import read
from ..parts import Conversion, Part
from ..words import listed
from . import mat, pickles

FASHION = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
KUZUSHIJI = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]


LETTERS = list(string.ascii_lowercase)
MERGED = sorted(set(string.digits + string.ascii_letters) - set("cijklmopsuvwxyz"))
EMNIST = {
    "balanced": MERGED,
    "byclass": sorted(string.digits + string.ascii_letters),
    "bymerge": MERGED,
    "digits": None,
    "letters": LETTERS,
    "mnist": None,
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "root", metavar="ROOT", help="the folder that torchvision was given as `root`, with the downloaded files in it"
    )
    parser.add_argument("--set", required=True, choices=list(SETS), help="the class in torchvision.datasets")
    parser.add_argument("--variant", choices=list(EMNIST), help="of EMNIST: which of its divisions")
    parser.add_argument("--label", choices=["fine", "coarse"], default="fine", help="of CIFAR100 (default: fine)")


def convert(args: argparse.Namespace) -> Conversion:
    """What the files hold. Raises MissingPath without ROOT, BadData where its files are not those of the set."""
    if not os.path.isdir(args.root):
        raise MissingPath(f"{args.root}: there is no such folder")
    if (args.set == "EMNIST") != (args.variant is not None):
        raise BadUsage(f"--variant: {'which one? ' + listed(EMNIST) if args.variant is None else 'of EMNIST alone'}")
    made = SETS[args.set](args.root, args)
    made.licence, made.citation = args.licence, args.citation
    return made


def _there(root: str, *names: str) -> list[str]:
    """The files, each plain or with `.gz`. Raises BadData where one is missing."""
    found = []
    for name in names:
        path = next(
            (p for p in (os.path.join(root, name), os.path.join(root, name + ".gz")) if os.path.isfile(p)), None
        )
        if path is None:
            raise BadData(f"{root}: there is no {name}: torchvision has not downloaded the set into this folder")
        found.append(path)
    return found


def _cifar(folder: str, names: list[str]) -> Callable[..., Conversion]:
    def read_set(root: str, args: argparse.Namespace) -> Conversion:
        return pickles.cifar(_there(os.path.join(root, folder), *names), args.label)

    return read_set


def _mnist(folder: str, classes: list[str] | None) -> Callable[..., Conversion]:
    def read_set(root: str, args: argparse.Namespace) -> Conversion:
        raw = os.path.join(root, folder, "raw")
        made = Conversion([], classes=classes)
        for split, prefix in (("train", "train"), ("test", "t10k")):
            x, y = _there(raw, f"{prefix}-images-idx3-ubyte", f"{prefix}-labels-idx1-ubyte")
            made.parts.append(Part(x, "image", idx(x, 3)[..., None], label=idx(y, 1), split=split))
        return made

    return read_set


def _emnist(root: str, args: argparse.Namespace) -> Conversion:
    """EMNIST keeps its images transposed; here they stand upright. Labels of letters go from 1."""
    names = EMNIST[args.variant]
    made = Conversion([], classes=names, notes=["images, which EMNIST keeps transposed, stand upright"])
    first = 1 if args.variant == "letters" else 0
    if first:
        made.notes.append("labels 1…26 became 0…25, a to z")
    for split in ("train", "test"):
        files = [f"emnist-{args.variant}-{split}-{kind}-ubyte" for kind in ("images-idx3", "labels-idx1")]
        x, y = _there(os.path.join(root, "EMNIST", "raw"), *files)
        labels = idx(y, 1)
        if first and len(labels) and not 1 <= labels.min() <= labels.max() <= 26:
            raise BadData(f"{y}: labels from {labels.min()} to {labels.max()} (allowed: 1 to 26)")
        pixels = idx(x, 3).transpose(0, 2, 1)[..., None]
        made.parts.append(Part(x, "image", pixels, label=labels - np.uint8(first), split=split))
    return made


def idx(path: str, rank: int) -> np.ndarray:
    """The bytes of an IDX file. Raises BadData where header and size do not agree."""
    data = _unpacked(path)
    if len(data) < 4 + 4 * rank or data[:4] != bytes([0, 0, 8, rank]):
        raise BadData(f"{path}: no IDX file of bytes with {rank} extents")
    shape = tuple(int(n) for n in np.frombuffer(data, ">u4", rank, 4))
    wanted = int(np.prod(shape, dtype=object))
    if wanted != len(data) - 4 - 4 * rank:
        raise BadData(f"{path}: its header says {wanted} bytes, {len(data) - 4 - 4 * rank} are there")
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape)


def _unpacked(path: str) -> bytes:
    """The file's bytes, unpacked with a bound where it is gzip or bzip2."""
    if not path.endswith((".gz", ".bz2")):
        return read(path)
    try:
        with gzip.open(path) if path.endswith(".gz") else bz2.open(path) as file:
            data = file.read(memory.limit() + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise BadData(f"{path}: cut or damaged: {error}") from None
    memory.check(len(data), path)
    return data


def _svhn(root: str, args: argparse.Namespace) -> Conversion:
    made = Conversion([])
    names = ["train_32x32.mat", "test_32x32.mat"] + (["extra_32x32.mat"] if "extra" in (args.splits or {}) else [])
    for file in _there(root, *names):
        made.parts += mat.parts_of(file, "svhn", args.splits or {}, made.notes)
    return made


def _stl10(root: str, args: argparse.Namespace) -> Conversion:
    """Images are stored column by column; labels go from 1."""
    folder = os.path.join(root, "stl10_binary")
    names = _there(folder, "class_names.txt")[0]
    made = Conversion([], classes=[n for n in read(names).decode("utf-8", "replace").split("\n") if n])
    for split in ("train", "test"):
        x, y = _there(folder, f"{split}_X.bin", f"{split}_y.bin")
        pixels, labels = np.frombuffer(read(x), np.uint8), np.frombuffer(read(y), np.uint8)
        if pixels.size % (3 * 96 * 96):
            raise BadData(f"{x}: {pixels.size} bytes are no multiple of {3 * 96 * 96}")
        if len(labels) and not 1 <= labels.min() <= labels.max() <= len(made.classes or []):
            raise BadData(
                f"{y}: labels from {labels.min()} to {labels.max()} (allowed: 1 to {len(made.classes or [])})"
            )
        made.parts.append(
            Part(x, "image", pixels.reshape(-1, 3, 96, 96).transpose(0, 3, 2, 1), label=labels - 1, split=split)
        )
    made.notes.append(f"labels 1…{len(made.classes or [])} became 0…{len(made.classes or []) - 1}")
    return made


def _usps(root: str, args: argparse.Namespace) -> Conversion:
    """LIBSVM's text: a label from 1 and 256 numbers of [−1, 1], which torchvision makes bytes by ⌊(v + 1)/2·255⌋."""
    made = Conversion([], notes=["labels 1…10 became 0…9, and values of [−1, 1] bytes, as torchvision makes them"])
    for split, name in (("train", "usps.bz2"), ("test", "usps.t.bz2")):
        path = _there(root, name)[0]
        images, labels = [], []
        for number, line in enumerate(_unpacked(path).decode("ascii", "replace").splitlines(), 1):
            words = line.split()
            try:
                if [w.partition(":")[0] for w in words[1:]] != [str(i) for i in range(1, 257)]:
                    raise ValueError
                labels.append(int(words[0]))
                images.append([float(w.partition(":")[2]) for w in words[1:]])
            except (ValueError, IndexError):
                raise BadData(f"{path}:{number}: not a label and the values 1:… to 256:…") from None
            if not 1 <= labels[-1] <= 10 or not all(-1 <= v <= 1 for v in images[-1]):
                raise BadData(f"{path}:{number}: a label beyond 1 to 10, or a value beyond −1 to 1")
        x = ((np.array(images).reshape(-1, 16, 16) + 1) / 2 * 255).astype(np.uint8)
        made.parts.append(Part(path, "image", x[..., None], label=np.array(labels, np.int64) - 1, split=split))
    return made


SETS: dict[str, Callable[[str, argparse.Namespace], Conversion]] = {
    "CIFAR10": _cifar("cifar-10-batches-py", [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]),
    "CIFAR100": _cifar("cifar-100-python", ["train", "test"]),
    "EMNIST": _emnist,
    "FashionMNIST": _mnist("FashionMNIST", FASHION),
    "KMNIST": _mnist("KMNIST", KUZUSHIJI),
    "MNIST": _mnist("MNIST", None),
    "STL10": _stl10,
    "SVHN": _svhn,
    "USPS": _usps,
}
NOTE = f"Sets: {listed(SETS)}. Folders of images (ImageFolder, EuroSAT) are read by Covey itself: `source: images`."
