"""Divisions among clients."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest


@pytest.fixture
def split(covey_data):
    def run(name: str, data: object, *words: object) -> dict:
        put(covey_data, name, data)
        covey_data("split", name, "-o", "split.json", "--force", *words)
        return json.loads((covey_data.folder / "split.json").read_text())

    return run


def put(covey_data, name: str, data: object) -> None:
    path = covey_data.folder / name
    if name.endswith(".npz"):
        np.savez(path, **data)
    elif name.endswith(".pkl"):
        path.write_bytes(pickle.dumps(data))
    else:
        path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")


PARTS = {"data_indices": {i: {"train": np.array([i, 10 + i]), "val": [], "test": np.array([20 + i])} for i in range(3)}}


def test_fl_bench(split):
    held = split("partition.pkl", PARTS)
    assert held == {"data_indices": [{"train": [i, 10 + i], "val": [], "test": [20 + i]} for i in range(3)]}


def test_rows_over_training_and_test(split, covey_data):
    held = split("partition.pkl", PARTS, "--test-after", 20)
    assert held == {
        "format": "covey-split",
        "version": 1,
        "clients": {str(i): {"train": [i, 10 + i], "test": [i]} for i in range(3)},
    }
    message = covey_data.refused(65, "split", "partition.pkl", "-o", "other.json", "--test-after", 21)
    assert message == "partition.pkl: client '0': row 20 of test is a training example, with --test-after 21"


@pytest.mark.parametrize(
    "name,data",
    [
        ("a.json", {"10": [4, 0], "9": [1, 2]}),
        ("net_dataidx_map.txt", "{\n10: [\n4, 0\n],\n9: [\n1,\n 2\n],\n}\n"),
        ("net_dataidx_map.txt", "{10:[4,0],9:[1,2]}"),
        ("a.csv", "row,client\n4,10\n0,10\n1,9\n2,9\n"),
        ("a.csv", '\ufeffpartition_id,row\r\n"10",4\r\n10,0\r\n9,1\r\n9,2\r\n'),
        ("a.npz", {"train_10": np.array([4, 0]), "train_9": np.array([1, 2], "u1")}),
        ("a.pkl", {10: [4, 0], 9: np.array([1, 2])}),
    ],
)
def test_the_same_division_in_all_ways(split, name, data):
    held = split(name, data)
    assert held == {"9": [1, 2], "10": [4, 0]} and list(held) == ["9", "10"]


def test_arrays(split):
    assert split("a.npz", {"indices": np.array([3, 1, 2]), "offsets": np.array([0, 1, 3])}) == {"0": [3], "1": [1, 2]}
    held = split("a.npz", {"client": np.array(["b", "a", "b"]), "split": np.array(["train", "train", "test"])})
    assert held == {
        "data_indices": {"a": {"train": [1], "val": [], "test": []}, "b": {"train": [0], "val": [], "test": [2]}}
    }


BAD = [
    ("a.json", {"0": [1, 1]}, "row 1 is in 0, train twice"),
    ("a.json", {"0": [1], "1": [2, 1]}, "row 1 is in 1, train and in 0, train"),
    ("a.json", {"0": [-1]}, "row -1"),
    ("a.json", {"0": [1.5]}, "'1.5' is no row"),
    ("a.json", {"0": [True]}, "'True' is no row"),
    ("a.json", {"0": "abc"}, "a str (allowed: a list of rows)"),
    ("a.json", {"0": {"trian": [1]}}, "unknown split 'trian'; did you mean 'train'?"),
    ("a.json", '{"0": [1], "0": [2]}', "client '0' stands there twice"),
    ("a.json", "[1, 2]", "holds a list"),
    ("a.json", "{}", "no clients"),
    ("a.json", {"format": "covey-split", "clients": {}}, "is a covey-split already"),
    ("a.json", '{"0": [1}', "a.json:1: "),
    ("a.txt", "{0: [1, 2], 0: [3]}", "client 0 stands there twice"),
    ("a.txt", "{0: [1, 2]", "a.txt:1: 'end'"),
    ("a.txt", "{0: [1, \nx]}", "a.txt:2: 'x' (allowed: number or ])"),
    ("a.txt", "{0: __import__('os')}", "'_' (allowed: [)"),
    ("a.txt", "{0: [1]} 5", "'5' (allowed: end)"),
    ("a.txt", "hello", "neither a pickle"),
    ("a.csv", "row,who\n1,a\n", "a.csv:1: --client: unknown column 'client'"),
    ("a.csv", "row,client\n1,a\nx,b\n", "a.csv:3: column 'row': 'x' is no row"),
    ("a.csv", "row,client\n1\n", "a.csv:2: 1 value, the header has 2"),
    ("a.csv", "row,row,client\n1,1,a\n", "stands there twice"),
    ("a.npz", {"indices": np.array([1]), "offsets": np.array([0, 2])}, "offsets go from"),
    ("a.npz", {"foo": np.array([1])}, "the array 'foo'"),
    ("a.npz", {"train_0": np.array([1.5])}, "float64"),
    ("a.pkl", {"data_indices": [{"train": {1, 2}}]}, "a set (EMPTY_SET)"),
    ("a.pkl", {("a",): [1]}, "no name of a client"),
]


@pytest.mark.parametrize("name,data,words", BAD, ids=[f"{i}" for i in range(len(BAD))])
def test_refusals(covey_data, name, data, words):
    put(covey_data, name, data)
    message = covey_data.refused(65, "split", name, "-o", "split.json")
    assert message.startswith(name) and words in message


def test_output(covey_data):
    put(covey_data, "a.json", {"0": [1]})
    assert covey_data("split", "a.json", "-o", "b.json") == "b.json: 1 client: 0\n  train 1\n"
    assert "--force replaces it" in covey_data.refused(73, "split", "a.json", "-o", "b.json")
    assert "its folder does not exist" in covey_data.refused(64, "split", "a.json", "-o", "no/b.json")
    assert "there is no such file" in covey_data.refused(66, "split", "c.json", "-o", "d.json")
    assert "row 1 of 1" in covey_data.refused(65, "split", "a.json", "-o", "d.json", "--examples", 1)
    assert "allowed: a whole number from 1" in covey_data.refused(
        64, "split", "a.json", "-o", "d.json", "--examples", 0
    )


def test_names_that_no_file_can_hold(covey_data):
    put(covey_data, "a.json", '{"\\ud800": [1]}')
    assert "is no name of a client" in covey_data.refused(65, "split", "a.json", "-o", "b.json")
