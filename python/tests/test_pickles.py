"""Pickles of FedBN, CIFAR, PFLlib and FL-bench."""

from __future__ import annotations

import os
import pickle

import numpy as np
import pytest


def pixels(n: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(n).integers(0, 256, (n, *shape), dtype=np.uint8)


def dump(path: str, value: object, protocol: int = 2) -> None:
    if os.path.dirname(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        pickle.dump(value, file, protocol)


def test_fedbn_domains_and_parts_in_order(covey_data):
    a, b = pixels(12, 28, 28), pixels(3, 28, 28, 3)
    for i in range(11):
        dump(f"data/MNIST/partitions/train_part{i}.pkl", (a[i : i + 1], np.array([i % 10])))
    dump("data/MNIST/test.pkl", (a[11:], np.array([5])))
    dump("data/MNIST_M/train.pkl", (b[:2], np.array([1, 2])))
    dump("data/MNIST_M/test.pkl", (b[2:], [3]))
    covey_data("pickle", "data/MNIST", "data/MNIST_M", "--layout", "fedbn", "-o", "out")
    held = covey_data.arrays()
    assert (held["x"][:12, ..., 1] == a).all() and (held["x"][12:] == b).all()
    assert held["domain"].tolist() == ["MNIST"] * 12 + ["MNIST_M"] * 3
    assert held["split"].tolist() == ["train"] * 11 + ["test"] + ["train"] * 2 + ["test"]


@pytest.mark.parametrize("keys", [str, lambda k: k.encode()])
def test_cifar_100(covey_data, keys):
    x = pixels(4, 3072)
    os.mkdir("c")
    for name, rows in (("train", slice(0, 3)), ("test", slice(3, 4))):
        dump(
            f"c/{name}",
            {keys("data"): x[rows], keys("fine_labels"): [0, 2, 1, 2][rows], keys("coarse_labels"): [1, 0, 1, 0][rows]},
        )
    dump("c/meta", {keys("fine_label_names"): ["a", "b", "c"], keys("coarse_label_names"): ["x", "y"]})
    covey_data("pickle", "c", "--layout", "cifar", "--domain", "coarse", "-o", "fine")
    held = covey_data.arrays("fine")
    assert (held["x"] == x.reshape(4, 3, 32, 32).transpose(0, 2, 3, 1)).all()
    assert held["y"].tolist() == [0, 2, 1, 2] and held["domain"].tolist() == ["y", "x", "y", "x"]
    assert covey_data.manifest("fine")["classes"] == ["a", "b", "c"]
    covey_data("pickle", "c", "--layout", "cifar", "--label", "coarse", "-o", "coarse")
    assert covey_data.arrays("coarse")["y"].tolist() == [1, 0, 1, 0] and covey_data.manifest("coarse")["classes"] == [
        "x",
        "y",
    ]


def test_pfllib(covey_data):
    x = np.random.default_rng(0).random((6, 3, 8, 8), dtype=np.float32)
    for folder in ("train", "test"):
        os.makedirs(f"d/{folder}")
        for client, rows in (("10", slice(0, 2)), ("2", slice(2, 6))):
            with open(f"d/{folder}/{client}.npz", "wb") as file:
                np.savez_compressed(file, data={"x": x[rows], "y": np.arange(6)[rows]})
    covey_data("pickle", "d", "--layout", "pfllib", "-o", "out")
    held = covey_data.arrays()
    assert held["client"].tolist() == ["2"] * 8 + ["10"] * 4 and held["split"].tolist() == (
        ["train"] * 4 + ["test"] * 4 + ["train"] * 2 + ["test"] * 2
    )
    assert (held["x"][:4] == x[2:].transpose(0, 2, 3, 1)).all()


class Evil:
    def __reduce__(self):
        return os.system, ("touch was-here",)


def test_pfllib_that_calls(covey_data):
    os.makedirs("train")
    with open("train/0.npz", "wb") as file:
        np.savez(file, data={"x": np.zeros((1, 1, 4, 4)), "y": Evil()})
    message = covey_data.refused(65, "pickle", "train/0.npz", "--layout", "pfllib", "-o", "out")
    assert message.startswith(
        "train/0.npz: data: the pickle names 'posix.system', which is refused; nothing was called"
    )
    assert not os.path.exists("was-here")


@pytest.mark.parametrize("layout", ["fedbn", "cifar"])
@pytest.mark.parametrize("protocol", range(6))
def test_pickles_that_call(covey_data, layout, protocol):
    dump("test_batch", {"data": Evil(), "labels": [0]}, protocol)
    message = covey_data.refused(65, "pickle", "test_batch", "--layout", layout, "-o", "out")
    assert "system" in message and not os.path.exists("was-here")


def test_fl_bench(covey_data):
    x, y = pixels(10, 8, 8), np.arange(10)
    os.mkdir("f")
    np.save("f/data.npy", x), np.save("f/targets.npy", y)
    lists = {
        0: {"train": np.array([3, 1]), "val": np.array([], int), "test": np.array([0])},
        1: {"train": np.array([9, 8, 7]), "test": np.array([2])},
    }
    dump("f/partition.pkl", {"separation": {"total": 2}, "data_indices": lists})
    out = covey_data("pickle", "f", "--layout", "fl-bench", "-o", "out")
    held = covey_data.arrays()
    assert held["y"].tolist() == [3, 1, 0, 9, 8, 7, 2] and held["client"].tolist() == ["0"] * 3 + ["1"] * 4
    assert held["split"].tolist() == ["train", "train", "test", "train", "train", "train", "test"]
    assert (held["x"][..., 0] == x[held["y"]]).all() and "3 of 10 examples belong to no client" in out
    dump("f/partition.pkl", {"data_indices": [{"train": [3, 10]}]})
    assert "row 10 of 10" in covey_data.refused(65, "pickle", "f", "--layout", "fl-bench", "-o", "other")
    np.save("f/data.npy", np.array([None, 1], object))
    assert "holds Python objects" in covey_data.refused(65, "pickle", "f", "--layout", "fl-bench", "-o", "other")


@pytest.mark.parametrize(
    "layout,value,words",
    [
        ("fedbn", [1, 2, 3], "not a pair"),
        ("fedbn", ("a", "b"), "the images are a str"),
        ("fedbn", (np.zeros((2, 4, 4), "u1"), [1]), "2 examples, 1 label"),
        ("fedbn", (np.zeros((2, 4, 4), "u1"), [1, -1]), "the label -1"),
        ("cifar", [1], "holds a list"),
        ("cifar", {"dat": 1, "labels": [1]}, "did you mean 'dat'?"),
        ("cifar", {"data": np.zeros((1, 3071), "u1"), "labels": [1]}, "N×3072"),
        ("cifar", {"data": np.zeros((1, 3072), "u1"), "labels": ["a"]}, "the labels"),
        ("cifar", {"data": np.zeros((1, 3072), "u1"), "fine_labels": None}, "fine_labels are a NoneType"),
    ],
)
def test_other_contents(covey_data, layout, value, words):
    dump("test_batch", value)
    message = covey_data.refused(65, "pickle", "test_batch", "--layout", layout, "-o", "out")
    assert message.startswith("test_batch") and (words in message or "labels are a list" in message)


def test_torch_files_are_named(covey_data):
    (covey_data.folder / "test.pkl").write_bytes(b"PK\x03\x04" + bytes(100))
    assert "torch.save" in covey_data.refused(65, "pickle", "test.pkl", "--layout", "fedbn", "-o", "out")
