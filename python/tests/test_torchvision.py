"""The files that torchvision downloads, by their layouts."""

from __future__ import annotations

import bz2
import gzip
import os
import struct

import numpy as np
import pytest
from test_pickles import dump


def pixels(n: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(n).integers(0, 256, (n, *shape), dtype=np.uint8)


def idx(path: str, array: np.ndarray, packed: bool = False) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    data = struct.pack(f">I{array.ndim}I", 0x800 + array.ndim, *array.shape) + array.tobytes()
    with open(path + (".gz" if packed else ""), "wb") as file:
        file.write(gzip.compress(data) if packed else data)


def mnist(folder: str, packed: bool = False) -> np.ndarray:
    x = pixels(5, 28, 28)
    for prefix, rows in (("train", slice(0, 3)), ("t10k", slice(3, 5))):
        idx(f"{folder}/raw/{prefix}-images-idx3-ubyte", x[rows], packed)
        idx(f"{folder}/raw/{prefix}-labels-idx1-ubyte", np.arange(5, dtype="u1")[rows], packed)
    return x


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name,first", [("MNIST", None), ("FashionMNIST", "T-shirt/top"), ("KMNIST", "o")])
def test_mnist(covey_data, name, first, packed):
    x = mnist(f"data/{name}", packed)
    covey_data("torchvision", "data", "--set", name, "-o", "out")
    held = covey_data.arrays()
    assert (
        (held["x"][..., 0] == x).all()
        and held["y"].tolist() == list(range(5))
        and held["split"].tolist() == ["train"] * 3 + ["test"] * 2
    )
    assert covey_data.manifest()["classes"] == 5 if first is None else covey_data.manifest()["classes"][0] == first


def test_mnist_that_is_cut(covey_data):
    mnist("data/MNIST")
    path = covey_data.folder / "data/MNIST/raw/train-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-1])
    assert "its header says 2352 bytes, 2351 are there" in covey_data.refused(
        65, "torchvision", "data", "--set", "MNIST", "-o", "out"
    )
    path.unlink()
    assert "there is no train-images-idx3-ubyte" in covey_data.refused(
        65, "torchvision", "data", "--set", "MNIST", "-o", "out"
    )
    assert "no such folder" in covey_data.refused(66, "torchvision", "dat", "--set", "MNIST", "-o", "out")


def test_cifar_10(covey_data):
    x = pixels(6, 3072)
    for i, name in enumerate([*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]):
        dump(f"data/cifar-10-batches-py/{name}", {"data": x[i : i + 1], "labels": [i]})
    dump("data/cifar-10-batches-py/batches.meta", {"label_names": list("abcdefghij")})
    covey_data("torchvision", "data", "--set", "CIFAR10", "-o", "out")
    held = covey_data.arrays()
    assert held["y"].tolist() == list(range(6)) and held["split"].tolist() == ["train"] * 5 + ["test"]
    assert covey_data.manifest()["classes"] == list("abcdefghij")


def test_svhn(covey_data):
    io = pytest.importorskip("scipy.io")
    os.mkdir("data")
    for name in ("train", "test", "extra"):
        io.savemat(f"data/{name}_32x32.mat", {"X": np.moveaxis(pixels(2, 32, 32, 3), 0, 3), "y": [[10], [1]]})
    covey_data("torchvision", "data", "--set", "SVHN", "-o", "out")
    assert covey_data.arrays()["y"].tolist() == [0, 1, 0, 1]
    covey_data("torchvision", "data", "--set", "SVHN", "--splits", "train=train+extra,test=test", "-o", "all")
    assert covey_data.arrays("all")["split"].tolist() == ["train"] * 2 + ["test"] * 2 + ["train"] * 2


def test_stl10(covey_data):
    x = pixels(3, 96, 96, 3)
    os.makedirs("data/stl10_binary")
    for name, rows in (("train", slice(0, 2)), ("test", slice(2, 3))):
        x[rows].transpose(0, 3, 2, 1).tofile(f"data/stl10_binary/{name}_X.bin")
        np.array([1, 10, 3], "u1")[rows].tofile(f"data/stl10_binary/{name}_y.bin")
    (covey_data.folder / "data/stl10_binary/class_names.txt").write_text("\n".join("abcdefghij") + "\n")
    covey_data("torchvision", "data", "--set", "STL10", "-o", "out")
    assert (covey_data.arrays()["x"] == x).all() and covey_data.arrays()["y"].tolist() == [0, 9, 2]


def test_usps(covey_data):
    os.mkdir("data")
    for name in ("usps.bz2", "usps.t.bz2"):
        line = "10 " + " ".join(f"{i}:{-1 + (i - 1) / 127.5:.6f}" for i in range(1, 257))
        (covey_data.folder / "data" / name).write_bytes(bz2.compress((line + "\n").encode()))
    covey_data("torchvision", "data", "--set", "USPS", "-o", "out")
    held = covey_data.arrays()
    assert (
        held["y"].tolist() == [9, 9]
        and held["x"].shape == (2, 16, 16, 1)
        and held["x"][0, 0, 0, 0] == 0
        and held["x"][0, 15, 15, 0] == 255
    )
    (covey_data.folder / "data/usps.bz2").write_bytes(bz2.compress(b"1 1:0 2:0\n"))
    assert "data/usps.bz2:1: not a label" in covey_data.refused(
        65, "torchvision", "data", "--set", "USPS", "-o", "other"
    )


def test_unknown_set(covey_data):
    os.mkdir("data")
    assert "CIFAR10" in covey_data.refused(64, "torchvision", "data", "--set", "CIFAR", "-o", "out")


@pytest.mark.parametrize(
    "variant,first,classes", [("letters", 1, 26), ("byclass", 0, 62), ("balanced", 0, 47), ("digits", 0, 5)]
)
def test_emnist_stands_upright(covey_data, variant, first, classes):
    x = pixels(5, 28, 28)
    for split, rows in (("train", slice(0, 3)), ("test", slice(3, 5))):
        idx(f"data/EMNIST/raw/emnist-{variant}-{split}-images-idx3-ubyte", x[rows])
        idx(
            f"data/EMNIST/raw/emnist-{variant}-{split}-labels-idx1-ubyte",
            np.arange(5, dtype="u1")[rows] + np.uint8(first),
        )
    covey_data("torchvision", "data", "--set", "EMNIST", "--variant", variant, "-o", "out")
    held, names = covey_data.arrays(), covey_data.manifest()["classes"]
    assert (held["x"][..., 0] == x.transpose(0, 2, 1)).all() and held["y"].tolist() == list(range(5))
    assert names == classes if variant == "digits" else len(names) == classes
    assert "which one?" in covey_data.refused(64, "torchvision", "data", "--set", "EMNIST", "-o", "other")
    assert "of EMNIST alone" in covey_data.refused(
        64, "torchvision", "data", "--set", "MNIST", "--variant", variant, "-o", "other"
    )
