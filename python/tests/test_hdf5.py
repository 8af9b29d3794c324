"""HDF5, as h5py writes it."""

from __future__ import annotations

import numpy as np
import pytest

h5py = pytest.importorskip("h5py")
INPUTS = ["--inputs", "examples/*/pixels", "--label", "examples/*/label", "--client", "group"]


def federation(path: str, clients: dict[str, int], **keys) -> dict[str, np.ndarray]:
    made = {}
    with h5py.File(path, "w") as file:
        for i, (name, n) in enumerate(clients.items()):
            made[name] = np.random.default_rng(i).random((n, 4, 4), dtype=np.float32)
            file[f"examples/{name}/pixels"] = made[name]
            file[f"examples/{name}/label"] = np.arange(n) % 2
    return made


def test_groups_are_clients_in_their_order(covey_data):
    train, test = federation("fed_train.h5", {"10": 3, "9": 2}), federation("fed_test.h5", {"9": 1})
    covey_data("hdf5", "fed_train.h5", "fed_test.h5", *INPUTS, "-o", "out")
    held = covey_data.arrays()
    assert held["client"].tolist() == ["9", "9", "10", "10", "10", "9"] and held["split"].tolist() == ["train"] * 5 + [
        "test"
    ]
    assert (held["x"][..., 0] == np.concatenate([train["9"], train["10"], test["9"]])).all()
    assert list(covey_data.manifest()["counts"]["clients"]) == ["9", "10"]


def test_arrays_for_roles(covey_data):
    with h5py.File("a.h5", "w") as file:
        file["x"], file["y"] = np.arange(12, dtype="u1").reshape(3, 2, 2), np.array([[0, 1], [1, 0], [0, 1]], "u1")
        file["who"] = np.array(["b", "a", "b"], dtype=h5py.string_dtype())
        file["where"] = np.array([b"n", b"s", b"n"])
        file["part"] = ["train", "test", "train"]
    out = covey_data(
        "hdf5",
        "a.h5",
        "--inputs",
        "x",
        "--label",
        "y",
        "--client",
        "who",
        "--domain",
        "where",
        "--split",
        "part",
        "-o",
        "out",
    )
    held = covey_data.arrays()
    assert (
        held["client"].tolist() == ["b", "a", "b"]
        and held["domain"].tolist() == ["n", "s", "n"]
        and held["y"].tolist() == [1, 0, 1]
    )
    assert held["x"].shape == (3, 2, 2, 1) and held["split"].tolist() == ["train", "test", "train"]
    assert "one-hot labels became numbers" in out


def test_floats_without_a_word_are_sequences_and_it_is_told(covey_data):
    with h5py.File("a.h5", "w") as file:
        file["x"], file["y"] = np.ones((3, 4, 2)), np.arange(3)
    out = covey_data("hdf5", "a.h5", "--inputs", "x", "--target", "y", "-o", "out")
    assert covey_data.arrays()["x"].shape == (3, 4, 2) and "read as sequences of 4 steps of 2 values" in out


@pytest.mark.parametrize(
    "shape,order,made",
    [((3, 6, 6), None, (6, 6, 3)), ((6, 5, 3), None, (6, 5, 3)), ((3, 4, 3), "channels-first", (4, 3, 3))],
)
def test_order(covey_data, shape, order, made):
    with h5py.File("a.h5", "w") as file:
        file["x"], file["y"] = np.zeros((2, *shape), "u1"), [0, 1]
    words = ["hdf5", "a.h5", "--inputs", "x", "--label", "y", "-o", "out"]
    if order:
        assert "say --order" in covey_data.refused(65, *words)
        words += ["--order", order]
    covey_data(*words)
    assert covey_data.arrays()["x"].shape == (2, *made)


def test_refusals(covey_data):
    federation("a.h5", {"a": 3, "b": 2})
    message = covey_data.refused(
        65, "hdf5", "a.h5", "--inputs", "examples/*/pixel", "--label", "examples/*/label", "-o", "out"
    )
    assert message.startswith("a.h5: --inputs: unknown path 'examples/*/pixel'")
    assert "no *" in covey_data.refused(
        64, "hdf5", "a.h5", "--inputs", "x", "--label", "y", "--client", "group", "-o", "out"
    )
    assert "so should it" in covey_data.refused(
        64, "hdf5", "a.h5", "--inputs", "examples/*/pixels", "--label", "y", "-o", "out"
    )
    with h5py.File("nan.h5", "w") as file:
        file["x"], file["y"] = np.array([[0.0], [np.inf]]), [0, 1]
    words = ["--inputs", "x", "--label", "y", "-o", "out"]
    assert (
        covey_data.refused(65, "hdf5", "nan.h5", *words)
        == "nan.h5: x: has the value inf at [1, 0] (allowed: finite numbers)"
    )
    with h5py.File("short.h5", "w") as file:
        file["x"], file["y"] = np.zeros((3, 1)), [0, 1]
    assert covey_data.refused(65, "hdf5", "short.h5", *words) == "short.h5: x: 3 examples, 2 labels"
    (covey_data.folder / "text.h5").write_text("no HDF5")
    assert "no HDF5 file" in covey_data.refused(65, "hdf5", "text.h5", *words)
    assert "there is no such file" in covey_data.refused(66, "hdf5", "gone.h5", *words)


def test_other_files_are_not_reached(covey_data):
    federation("secret.h5", {"a": 3})
    with h5py.File("link.h5", "w") as file:
        file["x"], file["y"] = h5py.ExternalLink("secret.h5", "/examples/a/pixels"), [0, 1, 1]
    words = ["--inputs", "x", "--label", "y", "-o", "out"]
    assert "link to another file ('secret.h5')" in covey_data.refused(65, "hdf5", "link.h5", *words)
    with h5py.File("external.h5", "w") as file:
        file.create_dataset("x", (3,), "u1", external=[("secret.h5", 0, 3)])
        file["y"] = [0, 1, 1]
    assert "lie in another file" in covey_data.refused(65, "hdf5", "external.h5", *words)
    layout = h5py.VirtualLayout((3, 4, 4), "f4")
    layout[:] = h5py.VirtualSource("secret.h5", "examples/a/pixels", (3, 4, 4))
    with h5py.File("virtual.h5", "w") as file:
        file.create_virtual_dataset("x", layout)
        file["y"] = [0, 1, 1]
    assert "lie in another file" in covey_data.refused(65, "hdf5", "virtual.h5", *words)


def test_a_huge_array_without_bytes(covey_data):
    with h5py.File("a.h5", "w") as file:
        file.create_dataset("x", (1 << 40, 28, 28), "f4", chunks=(1, 28, 28))
        file["y"] = [0]
    assert "more than half of this machine's memory" in covey_data.refused(
        65, "hdf5", "a.h5", "--inputs", "x", "--label", "y", "-o", "out"
    )


def test_objects_and_structures(covey_data):
    with h5py.File("a.h5", "w") as file:
        file["x"], file["y"] = np.zeros(2, [("a", "i4")]), [0, 1]
        file["v"] = np.zeros((2, 3), complex)
    for name in ("x", "v"):
        assert "which is refused" in covey_data.refused(
            65, "hdf5", "a.h5", "--inputs", name, "--label", "y", "-o", "out"
        )


def test_a_path_that_is_nearly_there(covey_data):
    federation("a.h5", {"a": 3, "b": 2})
    message = covey_data.refused(
        65, "hdf5", "a.h5", "--inputs", "examples/*/pixel", "--label", "examples/*/label", "-o", "out"
    )
    assert (
        message
        == "a.h5: --inputs: unknown path 'examples/*/pixel'; did you mean 'examples/*/pixels'? (there: examples/*/label, examples/*/pixels)"
    )
