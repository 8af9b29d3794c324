"""The files that the usual tools wrote, against expected.json."""

from __future__ import annotations

import hashlib
import json
import random

import numpy as np
import pytest
from conftest import FORMATS
from figures import compare, figures

from covey_data import images
from covey_data.cli import main

H5 = ["--inputs", "examples/*/pixels", "--label", "examples/*/label", "--client", "group"]
USPS = ["--inputs", "*/data", "--label", "*/target", "--split", "group", "--shape", "16x16"]
COMMANDS = {
    "parquet/images": ["parquet"],
    "parquet/plain-zstd": ["parquet", "--image", "img", "--label", "fine_label", "--client", "writer"],
    "hdf5/fed_emnist": ["hdf5", *H5],
    "hdf5/usps": ["hdf5", *USPS],
    "mat/mnist_data": ["mat", "--layout", "digits-five"],
    "mat/mnistm_with_label": ["mat", "--layout", "digits-five"],
    "mat/svhn_train_32x32": ["mat", "--layout", "svhn"],
    "mat/usps_28x28": ["mat", "--layout", "usps", "--bytes"],
    "pickle/MNIST": ["pickle", "--layout", "fedbn"],
    "cifar/cifar-10-batches-py": ["pickle", "--layout", "cifar"],
}
NEEDS = {"parquet": "pyarrow", "hdf5": "h5py", "mat": "scipy"}


def test_every_case_for_the_converter_is_here(cases):
    wanted = {i for i, c in cases.items() if c["verdict"] == "convert" or c["format"] == "cifar" and "converted" in c}
    assert wanted == set(COMMANDS) | {"parquet/text"}


@pytest.mark.parametrize("name", COMMANDS)
def test_figures(cases, covey_data, name):
    command, *words = COMMANDS[name]
    if command in NEEDS:
        pytest.importorskip(NEEDS[command])
    case = cases[name]
    case = {**case, **case.get("converted", {})}
    paths = [FORMATS / p for p in (case["path"] if isinstance(case["path"], list) else [case["path"]])]
    covey_data(command, *paths, *words, "-o", "out")
    held = covey_data.arrays()
    x = held["x"]
    if "--bytes" in words:  # the file has k/255, the npz has k
        x = x / 255
    if case["format"] == "cifar":  # its figures are those of the planes, as the file keeps them
        x = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
    compare({**held, "x": x}, case)
    manifest = covey_data.manifest()
    assert manifest["classes"] == case["classes"]
    assert manifest["files"] == {"out.npz": hashlib.sha256((covey_data.folder / "out.npz").read_bytes()).hexdigest()}
    assert manifest["order"] == "channels-last" and held["x"].ndim == 4


def test_usps_without_bytes_keeps_floats(cases, covey_data):
    pytest.importorskip("scipy")
    covey_data("mat", FORMATS / "mat/usps_28x28.mat", "--layout", "usps", "-o", "out")
    compare(covey_data.arrays(), cases["mat/usps_28x28"])
    assert covey_data.arrays()["x"].dtype == np.float32


def test_text(cases, covey_data):
    pytest.importorskip("pyarrow")
    case = cases["parquet/text"]
    covey_data("parquet", FORMATS / case["path"], "--text", "text", "-o", "out")
    lines = [
        json.loads(line) for line in (covey_data.folder / "out.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
    ]
    wanted, y = case["splits"]["train"], np.array([line["label"] for line in lines])
    texts = [line["text"] for line in lines]
    assert hashlib.sha256("\0".join(texts).encode()).hexdigest() == wanted["sha256"]
    assert (len(texts), sum(map(len, texts))) == (wanted["examples"], wanted["characters"])
    got = figures(np.zeros((len(y), 1)), y, 2)
    assert (got["labels"], got["label_weighted"]) == (wanted["labels"], wanted["label_weighted"])
    assert covey_data.manifest()["classes"] == case["classes"]
    assert covey_data.manifest()["source"] == "text"


def test_pfllib_equals_what_numpy_unpickles(cases, covey_data):
    covey_data("pickle", FORMATS / "npz/pfllib-pickled", "--layout", "pfllib", "-o", "out")
    held = covey_data.arrays()
    for split in ("train", "test"):
        with np.load(FORMATS / f"npz/pfllib-pickled/{split}/0.npz", allow_pickle=True) as pickled:
            wanted, rows = pickled["data"].item(), held["split"] == split
        assert (held["x"][rows] == wanted["x"].transpose(0, 2, 3, 1)).all()
        assert (held["y"][rows] == wanted["y"]).all()


def test_pfllib_with_plain_arrays(cases, covey_data):
    covey_data("pickle", FORMATS / "npz/pfllib-layout", "--layout", "pfllib", "-o", "out")
    compare({**covey_data.arrays()}, {**cases["npz/pfllib-layout"], "example": {}, "values": []})


def test_digits_five_as_one_set(cases, covey_data):
    pytest.importorskip("scipy")
    covey_data("mat", FORMATS / "mat", "--layout", "digits-five", "--bytes", "--size", "28x28", "-o", "out")
    held = covey_data.arrays()
    names = {"mnist": "mnist_data", "mnistm": "mnistm_with_label", "svhn": "svhn_train_32x32", "usps": "usps_28x28"}
    assert set(held["domain"].tolist()) == set(names)
    for domain, name in names.items():
        for split, wanted in cases[f"mat/{name}"]["splits"].items():
            rows = (held["domain"] == domain) & (held["split"] == split)
            got = figures(held["x"][rows], held["y"][rows], 10)
            assert {k: got[k] for k in ("examples", "labels", "label_weighted")} == {
                k: wanted[k] for k in ("examples", "labels", "label_weighted")
            }


def rows_of(held: dict) -> dict:
    """The lists of rows in the JSON that `split` writes."""
    if "data_indices" in held:
        lists = held["data_indices"]
        return dict(enumerate(lists)) if isinstance(lists, list) else lists
    return {k: {"train": v} for k, v in held.items()}


SPLITS = [
    "fl-bench-partition",
    "net_dataidx_map",
    "flower-dirichlet",
    "flower-pathological",
    "fl-bench",
    "pfllib-like",
    "assignment",
    "offsets",
]


@pytest.mark.parametrize("name", SPLITS)
def test_splits(cases, covey_data, name):
    case = cases[f"splits/{name}"]
    covey_data("split", FORMATS / case["path"], "--examples", 400, "-o", "split.json")
    held = rows_of(json.loads((covey_data.folder / "split.json").read_text()))
    clients = case.get("converted", case)["clients"]
    assert [str(k) for k in held] == list(clients)
    labels = labels_of_400()
    for client, lists in held.items():
        for split, wanted in clients[str(client)].items():
            rows = lists[split]
            assert (len(rows), rows[0], rows[-1], sum(rows)) == (
                wanted["examples"],
                wanted["first"],
                wanted["last"],
                wanted["index_sum"],
            )
            assert np.bincount(labels[rows], minlength=10).tolist() == wanted["labels"]


def labels_of_400() -> np.ndarray:
    batches = [np.fromfile(FORMATS / f"cifar/cifar-10-batches-bin/data_batch_{i}.bin", np.uint8) for i in (1, 2)]
    return np.concatenate(batches).reshape(-1, 3073)[:, 0]


def test_fl_bench_as_json_is_the_same_as_its_pickle(cases, covey_data):
    for name, out in (("fl-bench-partition.pkl", "a.json"), ("fl-bench.json", "b.json")):
        covey_data("split", FORMATS / "splits" / name, "-o", out)
    assert (covey_data.folder / "a.json").read_bytes() == (covey_data.folder / "b.json").read_bytes()


@pytest.mark.parametrize("name", ["out-of-range", "twice"])
def test_bad_splits(cases, covey_data, name):
    case = cases[f"splits/bad/{name}"]
    message = covey_data.refused(65, "split", FORMATS / case["path"], "--examples", 400, "-o", "split.json")
    assert all(n in message for n in case["error"]["names"])


CUT = [
    ("mat/mnist_data.mat", COMMANDS["mat/mnist_data"]),
    ("hdf5/usps.h5", COMMANDS["hdf5/usps"]),
    ("parquet/plain-zstd.parquet", COMMANDS["parquet/plain-zstd"]),
    ("pickle/MNIST/test.pkl", COMMANDS["pickle/MNIST"]),
    ("cifar/cifar-10-batches-py/test_batch", COMMANDS["cifar/cifar-10-batches-py"]),
    ("splits/fl-bench-partition.pkl", ["split"]),
    ("splits/net_dataidx_map.txt", ["split"]),
    ("splits/offsets.npz", ["split"]),
    ("splits/fl-bench.json", ["split"]),
]


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("path,command", CUT, ids=[c[0] for c in CUT])
def test_cut_files_are_refused(cases, covey_data, path, command, share):
    if command[0] in NEEDS:
        pytest.importorskip(NEEDS[command[0]])
    whole = (FORMATS / path).read_bytes()
    name = path.rsplit("/", 1)[-1]
    (covey_data.folder / name).write_bytes(whole[: int(len(whole) * share)])
    message = covey_data.refused(65, command[0], name, *command[1:], "-o", "out")
    assert name in message


@pytest.mark.parametrize("path,command", CUT, ids=[c[0] for c in CUT])
def test_changed_files_are_read_or_refused(cases, covey_data, path, command):
    """Bytes changed at random: exit code 0 or 65, and no traceback."""
    if command[0] in NEEDS:
        pytest.importorskip(NEEDS[command[0]])
    whole, draw = (FORMATS / path).read_bytes(), random.Random(path)
    name = path.rsplit("/", 1)[-1]
    for _ in range(20):
        data = bytearray(whole)
        for _ in range(draw.choice([1, 3, 10, 50])):
            at = draw.choice([draw.randrange(len(data)), draw.randrange(min(len(data), 600))])
            data[at] = draw.choice([0, 127, 255, draw.randrange(256)])
        (covey_data.folder / name).write_bytes(data)
        assert main([command[0], name, *command[1:], "-o", "out", "--force"]) in (0, 65)


@pytest.mark.parametrize("name", ["images/modes", "images/names"])
def test_decoded_images(cases, name):
    """Every mode of PNG and JPEG, decoded as a column of images would be."""
    case = cases[name]
    for image in case["images"]:
        data = (FORMATS / case["path"] / image["file"]).read_bytes()
        got = images.decoded(data, image["file"], [], "stored")
        if image.get("white") == 65535:
            got = np.rint(got.astype(np.float64) * 65535)
        loose = image["stored"] == "CMYK"
        assert got.shape == (*image["size"], image["channels"]), image["file"]
        assert abs(got.sum(dtype=np.float64) - image["sum"]) <= image["sum"] * (0.02 if loose else 0.005), image["file"]
        at = image["at"] if len(image["at"]) == 3 else [*image["at"], 0]
        assert abs(float(got[tuple(at)]) - image["value"]) <= (6 if loose else 4), image["file"]
        if "upright_size" in image:
            upright = images.decoded(data, image["file"], [])
            height, width = image["upright_size"]
            assert upright.shape[:2] == (height, width)
            assert abs(float(upright[height // 2, width // 3, 1]) - image["upright_value"]) <= 4
