"""What is written: fixed bytes, a manifest that any YAML reader takes, nothing by halves."""

from __future__ import annotations

import hashlib
import os
import pickle
import zipfile

import numpy as np
import pytest

from covey_data import manifest, output
from covey_data.arrays import npy, npz
from covey_data.errors import BadData


def cifar(clients: bool = False) -> None:
    """A small batch in CIFAR's layout, or files in PFLlib's."""
    x = np.random.default_rng(0).integers(0, 256, (6, 3072), dtype=np.uint8)
    if not clients:
        with open("test_batch", "wb") as file:
            pickle.dump({"data": x, "labels": [0, 1, 2, 0, 1, 2]}, file)
        return
    for folder in ("train", "test"):
        os.makedirs(folder, exist_ok=True)
        for i, client in enumerate(("b", "a.1")):
            with open(f"{folder}/{client}.npz", "wb") as file:
                np.savez(
                    file, data={"x": x[3 * i : 3 * i + 3].reshape(3, 3, 32, 32) / np.float32(255), "y": np.arange(3)}
                )


CIFAR = ["pickle", "test_batch", "--layout", "cifar"]
PFLLIB = ["pickle", "train", "test", "--layout", "pfllib"]


@pytest.mark.parametrize("words", [CIFAR, [*CIFAR, "--compress"], PFLLIB, [*PFLLIB, "--per-client"]], ids=" ".join)
def test_the_same_input_gives_the_same_bytes(covey_data, words, monkeypatch):
    cifar(), cifar(clients=True)
    covey_data(*words, "-o", "out")

    def held() -> dict[str, bytes]:
        return {
            os.path.join(folder, n): open(os.path.join(folder, n), "rb").read()
            for folder, _, names in os.walk(".")
            for n in names
            if "out" in os.path.join(folder, n)
        }

    first = held()
    monkeypatch.setattr("time.time", lambda: 2e9)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    os.utime("test_batch", (1e9, 1e9))
    covey_data(*words, "-o", "out", "--force")
    second = held()
    assert {k: v for k, v in second.items() if not k.endswith(".yaml")} == {
        k: v for k, v in first.items() if not k.endswith(".yaml")
    }
    assert {k: v.replace(b" --force", b"") for k, v in second.items()} == first
    assert len(first) == (3 if "--per-client" in words else 2)


def test_npz_as_numpy_writes_it_but_with_fixed_times(covey_data):
    arrays = {
        "y": np.arange(3),
        "x": np.zeros((3, 2, 2, 1), np.uint8),
        "client": np.array(["a", "bc", "ä"]),
        "big": np.arange(3, dtype=">f4"),
    }
    digest = output.save("a.npz", arrays)
    assert digest == hashlib.sha256(open("a.npz", "rb").read()).hexdigest()
    with zipfile.ZipFile("a.npz") as archive:
        assert archive.namelist() == ["big.npy", "client.npy", "x.npy", "y.npy"] and archive.testzip() is None
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        for name, array in arrays.items():
            import io

            file = io.BytesIO()
            np.lib.format.write_array(file, array.astype(array.dtype.newbyteorder("<")), version=(1, 0))
            head = archive.read(f"{name}.npy")
            assert len(head) % 64 == array.nbytes % 64 and np.load(io.BytesIO(head)).tolist() == array.tolist()
    for name, array in npz("a.npz").items():
        assert array.tolist() == arrays[name].tolist()


def test_manifest_is_yaml(covey_data):
    yaml = pytest.importorskip("yaml")
    odd = [
        "no",
        "1",
        "é😀",
        "a: b",
        "#",
        "",
        " x ",
        '"',
        "\\",
        "\x85\u2028\x00\x7f\ufeff",
        "'",
        "null",
        "- a",
        "{",
        "\t",
        "\U000e0001",
    ]
    keys = {
        "classes": odd,
        "files": {n: "0" * 64 for n in odd},
        "values": {"minimum": -1.5, "maximum": 1e-07, "whole": 3, "yes": True},
        "counts": {"clients": {n: {"train": 1, "test": 2} for n in odd}},
        "notes": ["x" * 40, "y: z" * 20],
        "none": None,
        "empty": {},
        "list": [],
    }
    text = manifest.yaml(keys, "comment")
    assert yaml.safe_load(text) == {k: v for k, v in keys.items() if v is not None}
    assert all(c == "\n" or c.isprintable() for c in text)


def test_the_manifest_of_a_command(covey_data):
    yaml = pytest.importorskip("yaml")
    cifar()
    covey_data(*CIFAR, "--licence", "MIT", "--citation", 'Krizhevsky 2009: "Learning"', "-o", "out")
    text = (covey_data.folder / "out.yaml").read_text(encoding="utf-8")
    held = yaml.safe_load(text)
    assert held == covey_data.manifest()
    assert held["licence"] == "MIT" and held["citation"] == 'Krizhevsky 2009: "Learning"'
    assert held["command"].startswith("covey-data pickle test_batch --layout cifar --licence MIT")
    assert (
        held["values"]["type"] == "uint8"
        and held["values"]["shape"] == [32, 32, 3]
        and held["counts"] == {"splits": {"test": 6}}
    )


def test_nothing_is_replaced_or_left_by_halves(covey_data):
    cifar()
    (covey_data.folder / "out.npz").write_text("mine")
    message = covey_data.refused(73, *CIFAR, "-o", "out")
    assert (
        message == "out.npz: is there already; --force replaces it"
        and (covey_data.folder / "out.npz").read_text() == "mine"
    )
    covey_data(*CIFAR, "-o", "out", "--force")
    assert covey_data.refused(73, *CIFAR, "-o", "out") == "out.yaml: is there already; --force replaces it"
    assert "no such folder" in covey_data.refused(73, *CIFAR, "-o", "no/out")
    assert "NAME begins the names" in covey_data.refused(64, *CIFAR, "-o", "a*b")
    assert "NAME begins the names" in covey_data.refused(64, *CIFAR, "-o", "folder/")
    (covey_data.folder / "each").mkdir()
    (covey_data.folder / "each" / "mine.txt").write_text("mine")
    cifar(clients=True)
    words = [*PFLLIB, "--per-client", "-o", "each", "--force"]
    for manifest_ in (None, "name: a scenario of mine\n"):
        if manifest_:
            (covey_data.folder / "each.yaml").write_text(manifest_)
        assert "a folder that covey-data did not make" in covey_data.refused(73, *words)
    assert (covey_data.folder / "each" / "mine.txt").read_text() == "mine"


def test_a_disk_that_is_full(covey_data, monkeypatch):
    cifar()

    def full(*words, **keys):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(output, "save", full)
    assert "No space left" in covey_data.refused(73, *CIFAR, "-o", "out")


def test_per_client(covey_data):
    cifar(clients=True)
    covey_data(*PFLLIB, "--per-client", "-o", "out")
    held = covey_data.manifest()
    assert list(held["files"]) == ["out/a.1.npz", "out/b.npz"] and held["counts"]["clients"] == {
        n: {"train": 3, "test": 3} for n in ("a.1", "b")
    }
    for name, digest in held["files"].items():
        assert hashlib.sha256((covey_data.folder / name).read_bytes()).hexdigest() == digest
    cifar()
    assert "have no clients" in covey_data.refused(64, *CIFAR, "--per-client", "-o", "other")


@pytest.mark.parametrize("name", ["..", ".hidden", "a/b", "a\\b", " a", "a*", "x" * 201, "con:"])
def test_names_that_are_no_files(name):
    with pytest.raises(BadData) as error:
        output._as_files([name], "client")
    assert "cannot be the name of a file" in str(error.value)


def test_names_that_are_one_file():
    with pytest.raises(BadData) as error:
        output._as_files(["A", "a"], "client")
    assert "one file on some machines" in str(error.value)


def header(text: str, data: bytes = b"", version: int = 1) -> bytes:
    return (
        b"\x93NUMPY"
        + bytes([version, 0])
        + len(text).to_bytes(2 if version == 1 else 4, "little")
        + text.encode()
        + data
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x93NUMPY",
        b"\x93NUMPY\x01\x00\xff\xff{",
        header("{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776, 1099511627776)}", b"x"),
        header("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}"),
        header("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", bytes(7)),
        header("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", b"\x80\x04N."),
        header("{'descr': '<V8', 'fortran_order': False, 'shape': (1,)}", bytes(8)),
        header("__import__('os').system('true')"),
        header("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,)}", bytes(4)),
        header("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 1099511627776)}") + b"x",
        header("(" * 200),
        header("1" * 100),
    ],
)
def test_npy_that_claims_something_else(data):
    with pytest.raises(BadData):
        npy(data, "a.npy")
