"""MATLAB files, as SciPy writes them."""

from __future__ import annotations

import numpy as np
import pytest

io = pytest.importorskip("scipy.io")


def pixels(n: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(n).integers(0, 256, (n, *shape), dtype=np.uint8)


def test_svhn(covey_data):
    x, y = pixels(5, 32, 32, 3), np.array([[10], [1], [9], [10], [2]], "u1")
    io.savemat("train_32x32.mat", {"X": np.moveaxis(x, 0, 3), "y": y})
    io.savemat("test_32x32.mat", {"X": np.moveaxis(x[:2], 0, 3), "y": y[:2]})
    out = covey_data("mat", "train_32x32.mat", "test_32x32.mat", "--layout", "svhn", "-o", "out")
    held = covey_data.arrays()
    assert (held["x"] == np.concatenate([x, x[:2]])).all() and held["y"].tolist() == [0, 1, 9, 0, 2, 0, 1]
    assert (
        held["split"].tolist() == ["train"] * 5 + ["test"] * 2 and "label 10 became 0" in out and "domain" not in held
    )


def test_svhn_extra_has_to_be_said(covey_data):
    x = pixels(2, 32, 32, 3)
    io.savemat("extra_32x32.mat", {"X": np.moveaxis(x, 0, 3), "y": [[1], [2]]})
    words = ["mat", "extra_32x32.mat", "--layout", "svhn", "-o", "out"]
    assert "the split 'extra'" in covey_data.refused(65, *words)
    covey_data(*words, "--splits", "train=extra")
    assert covey_data.arrays()["split"].tolist() == ["train", "train"]


def test_syn_number(covey_data):
    x = pixels(4, 32, 32, 3)
    io.savemat(
        "syn_number.mat", {"train_data": x[:3], "train_label": [[0], [5], [9]], "test_data": x[3:], "test_label": [[1]]}
    )
    covey_data("mat", "syn_number.mat", "--layout", "digits-five", "-o", "out")
    held = covey_data.arrays()
    assert (held["x"] == x).all() and held["y"].tolist() == [0, 5, 9, 1] and set(held["domain"].tolist()) == {"syn"}


def test_bytes_and_floats_do_not_mix(covey_data):
    cell = np.empty((2, 2), object)
    cell[0, 0], cell[0, 1], cell[1, 0], cell[1, 1] = (
        np.full((2, 1, 28, 28), 0.2),
        [[10], [3]],
        np.zeros((1, 1, 28, 28)),
        [[1]],
    )
    io.savemat("usps_28x28.mat", {"dataset": cell})
    io.savemat(
        "syn_number.mat",
        {
            "train_data": pixels(1, 28, 28, 1),
            "train_label": [[1]],
            "test_data": pixels(1, 28, 28, 1),
            "test_label": [[1]],
        },
    )
    words = ["mat", "usps_28x28.mat", "syn_number.mat", "--layout", "digits-five", "-o", "out"]
    assert "--bytes makes floats that are bytes into bytes" in covey_data.refused(65, *words)
    covey_data(*words, "--bytes")
    assert covey_data.arrays()["x"][0, 0, 0, 0] == 51
    cell[0, 0] = np.full((2, 1, 28, 28), 0.2013)
    io.savemat("usps_28x28.mat", {"dataset": cell})
    assert "the value 0.2013" in covey_data.refused(65, *words, "--bytes", "--force")


@pytest.mark.parametrize(
    "held,words",
    [
        ({"X": np.zeros((32, 32, 3, 2), "u1"), "y": [[0], [10]]}, "both labels 0 and 10"),
        ({"X": np.zeros((32, 32, 3, 2), "u1"), "y": [[1], [11]]}, "the label 11"),
        ({"X": np.zeros((32, 32, 3, 2), "u1"), "y": [[1], [2], [3]]}, "2 examples, 3 labels"),
        (
            {"X": np.zeros((32, 32, 3, 2), "u1"), "z": [[1], [2]]},
            "not of layout svhn: its arrays are X, z (allowed: X, y)",
        ),
        ({"X": np.full((32, 32, 3, 2), np.nan), "y": [[1], [2]]}, "the value nan at [0, 0, 0, 0]"),
        ({"X": np.array([["a"]], object), "y": [[1]]}, "X has 2 extents"),
        ({"X": "text", "y": [[1]]}, "X has 1 extents"),
    ],
)
def test_refusals(covey_data, held, words):
    io.savemat("train_32x32.mat", held)
    message = covey_data.refused(65, "mat", "train_32x32.mat", "--layout", "svhn", "-o", "out")
    assert message.startswith("train_32x32.mat") and words in message


def test_other_files(covey_data):
    (covey_data.folder / "a.mat").write_bytes(b"no MATLAB file at all" * 20)
    assert "no MATLAB file" in covey_data.refused(65, "mat", "a.mat", "--layout", "svhn", "-o", "out")
    (covey_data.folder / "b.mat").write_bytes(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + bytes(400))
    assert "covey-data hdf5" in covey_data.refused(65, "mat", "b.mat", "--layout", "svhn", "-o", "out")
