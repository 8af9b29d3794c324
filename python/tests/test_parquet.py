"""Parquet, as pyarrow and pandas write it, and sets of `datasets`."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def png(array: np.ndarray, **keys) -> bytes:
    file = io.BytesIO()
    Image.fromarray(array).save(file, keys.pop("format", "PNG"), **keys)
    return file.getvalue()


def pictures(n: int = 6, size: tuple[int, ...] = (8, 6, 3)) -> list[np.ndarray]:
    return [np.random.default_rng(i).integers(0, 256, size, dtype=np.uint8) for i in range(n)]


def write(path, **columns) -> None:
    pq.write_table(pa.table(columns), path)


def images(arrays, **keys) -> list[dict]:
    return [{"bytes": png(a, **keys), "path": None} for a in arrays]


def test_images_labels_clients(covey_data):
    held = pictures()
    write(
        "a.parquet",
        image=images(held),
        label=[0, 1, 2, 0, 1, 2],
        writer=["b", "a", "b", "a", "b", "a"],
        fold=["train"] * 4 + ["valid", "test"],
    )
    out = covey_data("parquet", "a.parquet", "--client", "writer", "--split", "fold", "-o", "out")
    arrays = covey_data.arrays()
    assert (arrays["x"] == np.stack(held)).all() and arrays["x"].dtype == np.uint8
    assert arrays["y"].tolist() == [0, 1, 2, 0, 1, 2] and arrays["y"].dtype == np.int64
    assert arrays["client"].tolist() == ["b", "a"] * 3
    assert arrays["split"].tolist() == ["train"] * 4 + ["val", "test"]
    assert "note: split 'valid' is called 'val'" in out
    manifest = covey_data.manifest()
    assert {k: manifest[k] for k in ("source", "file", "inputs", "label", "client", "split", "order", "classes")} == {
        "source": "npz",
        "file": "out.npz",
        "inputs": "x",
        "label": "y",
        "client": "client",
        "split": "split",
        "order": "channels-last",
        "classes": 3,
    }
    assert manifest["counts"] == {
        "splits": {"train": 4, "val": 1, "test": 1},
        "clients": {"a": {"train": 2, "test": 1}, "b": {"train": 2, "val": 1}},
    }
    assert manifest["values"]["shape"] == [8, 6, 3]


def test_binary_column_and_names_as_labels(covey_data):
    write("a.parquet", img=[png(a) for a in pictures(3, (5, 5))], label=["cat", "ape", "cat"])
    covey_data("parquet", "a.parquet", "-o", "out")
    assert covey_data.arrays()["x"].shape == (3, 5, 5, 1)
    assert covey_data.arrays()["y"].tolist() == [1, 0, 1] and covey_data.manifest()["classes"] == ["ape", "cat"]


def test_classes_said(covey_data):
    write("a.parquet", img=[png(a) for a in pictures(3)], label=["cat", "ape", "cat"])
    covey_data("parquet", "a.parquet", "--classes", "cat,dog,ape", "-o", "out")
    assert covey_data.arrays()["y"].tolist() == [0, 2, 0]
    message = covey_data.refused(65, "parquet", "a.parquet", "--classes", "cta,dog,ape", "-o", "other")
    assert message == "a.parquet: row 0: unknown class 'cat'; did you mean 'cta'? (there: cta, dog, ape)"


def test_pictures_of_several_sizes_become_a_folder(covey_data):
    held = pictures(2, (8, 6, 3)) + pictures(2, (4, 4))
    write(
        "a.parquet",
        image=images(held),
        label=[0, 1, 1, 0],
        site=["x", "x", "y", "y"],
        split=["train", "test", "train", "test"],
    )
    out = covey_data("parquet", "a.parquet", "--client", "site", "--split", "split", "-o", "out")
    assert "images of several sizes" in out and "grey images are repeated over 3 channels" in out
    manifest = covey_data.manifest()
    assert (
        manifest["source"] == "images"
        and manifest["root"] == "out"
        and manifest["levels"] == ["split", "client", "class"]
    )
    assert list(manifest["files"]) == [
        "out/test/x/1/1.png",
        "out/test/y/0/3.png",
        "out/train/x/0/0.png",
        "out/train/y/1/2.png",
    ]
    with Image.open(covey_data.folder / "out/train/x/0/0.png") as image:
        assert (np.asarray(image) == held[0]).all()


def test_size_brings_them_together(covey_data):
    held = pictures(2, (8, 6, 3)) + pictures(2, (4, 4, 3))
    write("a.parquet", image=images(held), label=[0, 1, 1, 0])
    out = covey_data("parquet", "a.parquet", "--size", "4x4", "-o", "out")
    assert "2 images of 8×6 resized to 4×4, bilinearly" in out
    x = covey_data.arrays()["x"]
    assert (x[2:] == np.stack(held[2:])).all()
    assert (x[0] == np.asarray(Image.fromarray(held[0]).resize((4, 4), Image.Resampling.BILINEAR))).all()


def test_modes(covey_data):
    rgba = np.dstack([pictures(1)[0], np.zeros((8, 6), np.uint8)])
    sixteen = (np.arange(48).reshape(8, 6) * 1000).astype(np.uint16)
    write("alpha.parquet", image=images([rgba]), label=[0])
    covey_data("parquet", "alpha.parquet", "-o", "alpha")
    assert (covey_data.arrays("alpha")["x"][0] == rgba[..., :3]).all()
    write("sixteen.parquet", image=images([sixteen]), label=[0])
    assert "16-bit images are divided by 65535" in covey_data("parquet", "sixteen.parquet", "-o", "sixteen")
    assert np.allclose(covey_data.arrays("sixteen")["x"][0, ..., 0], sixteen / 65535)
    write("mixed.parquet", image=images([sixteen, sixteen.astype(np.uint8)]), label=[0, 1])
    assert "image 0 has 16 bits, image 1 has 8" in covey_data.refused(65, "parquet", "mixed.parquet", "-o", "mixed")


def test_orientation(covey_data):
    exif = Image.Exif()
    exif[0x0112] = 6
    write("a.parquet", image=images(pictures(1), exif=exif), label=[0])
    out = covey_data("parquet", "a.parquet", "-o", "out")
    assert covey_data.arrays()["x"].shape == (1, 6, 8, 3) and "EXIF" in out
    covey_data("parquet", "a.parquet", "--orientation", "stored", "-o", "stored")
    assert (covey_data.arrays("stored")["x"][0] == pictures(1)[0]).all()


def bomb() -> bytes:
    data = bytearray(png(np.zeros((4, 4), np.uint8)))
    data[16:24] = (60000).to_bytes(4, "big") * 2
    import zlib

    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    return bytes(data)


def sixteen_bit_colour() -> bytes:
    import struct
    import zlib

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", 2, 1, 16, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" + bytes(12)))
        + chunk(b"IEND", b"")
    )


def gif() -> bytes:
    file = io.BytesIO()
    frames = [Image.fromarray(p) for p in pictures(2)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    return file.getvalue()


BAD = {
    "cut": (png(pictures(1)[0])[:60], "damaged"),
    "text": (b"hello world", "none of these images"),
    "empty": (b"", "without bytes"),
    "bomb": (bomb(), "too large"),
    "colour of 16 bits": (sixteen_bit_colour(), "16 bits for each colour"),
    "frames": (gif(), "2 frames"),
    "pickle": (b"\x80\x04N.", "none of these images"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_images(covey_data, name):
    data, words = BAD[name]
    write("a.parquet", image=[png(pictures(1)[0]), data], label=[0, 1])
    message = covey_data.refused(65, "parquet", "a.parquet", "-o", "out")
    assert message.startswith("a.parquet: row 1, column 'image': ") and words in message


def test_an_image_that_is_only_a_path(covey_data):
    write("a.parquet", image=[{"bytes": None, "path": "/data/a.png"}], label=[0])
    assert (
        covey_data.refused(65, "parquet", "a.parquet", "-o", "out")
        == "a.parquet: row 0, column 'image': only a path ('a.png'), not the image itself"
    )


def test_columns_of_numbers(covey_data):
    write(
        "a.parquet",
        age=[1.5, None, 3.0, 4.0],
        sex=["m", "f", None, "m"],
        n=[1, 2, 3, 4],
        site=[2, 10, 2, 2],
        cost=[1.0, 2.0, 3.0, 4.0],
    )
    message = covey_data.refused(
        65, "parquet", "a.parquet", "--target", "cost", "--client", "site", "--categories", "sex", "-o", "out"
    )
    assert message == "a.parquet: row 1, column 'age': no value (--missing drop, mean or a number settles it)"
    out = covey_data(
        "parquet",
        "a.parquet",
        "--target",
        "cost",
        "--client",
        "site",
        "--categories",
        "sex",
        "--missing",
        "-1",
        "-o",
        "out",
    )
    held, manifest = covey_data.arrays(), covey_data.manifest()
    assert (
        manifest["features"] == ["age", "sex=f", "sex=m", "n"]
        and manifest["target"] == "target"
        and "classes" not in manifest
    )
    assert held["x"].tolist() == [[1.5, 0, 1, 1], [-1, 1, 0, 2], [3, 0, 0, 3], [4, 0, 1, 4]]
    assert held["target"].tolist() == [1, 2, 3, 4] and held["target"].dtype == np.float32
    assert list(manifest["counts"]["clients"]) == ["2", "10"]
    assert (
        "column 'age': 1 missing value became -1.0" in out
        and "column 'sex': 1 missing value: all its columns are 0" in out
    )
    out = covey_data(
        "parquet",
        "a.parquet",
        "--target",
        "cost,n",
        "--ignore",
        "site",
        "--categories",
        "sex",
        "--missing",
        "drop",
        "-o",
        "two",
    )
    assert covey_data.arrays("two")["target"].tolist() == [[1, 1], [4, 4]]
    assert "a.parquet: 2 rows of 4 left out for a missing value (first in: age 1, sex 1)" in out


def test_words_among_numbers(covey_data):
    write("a.parquet", age=[1.5, 2.0], sex=["m", "f"], y=[0, 1])
    message = covey_data.refused(65, "parquet", "a.parquet", "-o", "out")
    assert message == (
        "a.parquet: row 0, column 'sex': 'm' is no number (--categories sex makes one column each level, "
        "--ignore sex leaves it out, --marks names signs of missing values)"
    )


def test_lists(covey_data):
    write("a.parquet", x=[[1.0] * 6, [2.0] * 6], y=[0, 1])
    covey_data("parquet", "a.parquet", "--inputs", "x", "-o", "flat")
    assert covey_data.arrays("flat")["x"].shape == (2, 6)
    covey_data("parquet", "a.parquet", "--inputs", "x", "--shape", "2x3", "-o", "image")
    assert covey_data.arrays("image")["x"].shape == (2, 2, 3, 1)
    covey_data("parquet", "a.parquet", "--inputs", "x", "--shape", "2x3", "--order", "sequence", "-o", "steps")
    assert covey_data.arrays("steps")["x"].shape == (2, 2, 3) and "order" not in covey_data.manifest("steps")
    message = covey_data.refused(65, "parquet", "a.parquet", "--inputs", "x", "--shape", "2x4", "-o", "out")
    assert message == "a.parquet: column 'x': an example is 6, which is not --shape 2x4 (6 values, not 8)"
    write("ragged.parquet", x=[[1.0] * 6, [2.0] * 5], y=[0, 1])
    assert "several lengths" in covey_data.refused(65, "parquet", "ragged.parquet", "--inputs", "x", "-o", "out")
    write("nan.parquet", x=[[1.0, 2.0], [2.0, float("nan")]], y=[0, 1])
    message = covey_data.refused(65, "parquet", "nan.parquet", "--inputs", "x", "-o", "out")
    assert message == "nan.parquet: column 'x': has the value nan at [1, 1] (allowed: finite numbers)"


def test_unknown_columns(covey_data):
    write("a.parquet", image=images(pictures(1)), label=[0], writer=["a"])
    message = covey_data.refused(65, "parquet", "a.parquet", "--label", "lable", "-o", "out")
    assert message == "a.parquet: unknown column 'lable'; did you mean 'label'? (there: image, label, writer)"
    assert "'writer'" in covey_data.refused(65, "parquet", "a.parquet", "--client", "writter", "-o", "out")
    write("b.parquet", image=images(pictures(1)), cls=[0])
    assert "which column is the label?" in covey_data.refused(64, "parquet", "b.parquet", "-o", "out")


@pytest.mark.parametrize(
    "label,words",
    [
        ([0, -1], "row 1 has the label -1"),
        ([0.0, 1.5], "row 1 has the label 1.5"),
        ([0, 70000], "row 1 has the label 70000"),
        ([0, None], "no value"),
    ],
)
def test_bad_labels(covey_data, label, words):
    write("a.parquet", image=images(pictures(2)), label=label)
    assert words in covey_data.refused(65, "parquet", "a.parquet", "-o", "out")


def test_labels_from_one(covey_data):
    write("a.parquet", image=images(pictures(3)), label=[1, 3, 2])
    out = covey_data("parquet", "a.parquet", "-o", "out")
    assert covey_data.arrays()["y"].tolist() == [0, 2, 1] and covey_data.manifest()["classes"] == ["1", "2", "3"]
    assert "labels 1…3 became 0…2" in out
    covey_data("parquet", "a.parquet", "--classes", "4", "-o", "four")
    assert covey_data.arrays("four")["y"].tolist() == [1, 3, 2] and covey_data.manifest("four")["classes"] == 4
    assert "allowed: 0 to 2" in covey_data.refused(65, "parquet", "a.parquet", "--classes", "3", "-o", "three")


def test_several_files_and_clients_by_file(covey_data):
    for name, seed in (("b", 0), ("a", 1)):
        write(f"{name}.parquet", image=images(pictures(2)[seed:]), label=[0, 1][seed:])
    covey_data("parquet", "b.parquet", "a.parquet", "--client", "file", "-o", "out")
    assert covey_data.arrays()["client"].tolist() == ["b", "b", "a"]
    covey_data("parquet", ".", "--client", "file", "--per-client", "-o", "each")
    manifest = covey_data.manifest("each")
    assert (
        manifest["file"] == "each/*.npz"
        and manifest["client"] == "file"
        and list(manifest["files"]) == ["each/a.npz", "each/b.npz"]
    )
    assert set(covey_data.arrays("each/b")) == {"x", "y"} and len(covey_data.arrays("each/b")["x"]) == 2


def test_files_of_other_columns_or_half_with_splits(covey_data):
    write("train.parquet", image=images(pictures(1)), label=[0])
    write("other.parquet", image=images(pictures(1)), label=[0])
    assert "its name has no split" in covey_data.refused(65, "parquet", ".", "-o", "out")
    write("test.parquet", image=images(pictures(1)), lbl=[0])
    assert "its columns are" in covey_data.refused(65, "parquet", "train.parquet", "test.parquet", "-o", "out")


def test_splits_said(covey_data):
    write(
        "a.parquet", image=images(pictures(4)), label=[0, 1, 0, 1], part=["all_train", "all_test", "extra", "all_train"]
    )
    message = covey_data.refused(65, "parquet", "a.parquet", "--split", "part", "-o", "out")
    assert (
        "the split 'all_train' (allowed: train, val, test" in message and "there: all_test, all_train, extra" in message
    )
    out = covey_data(
        "parquet", "a.parquet", "--split", "part", "--splits", "train=all_train,test=all_test", "-o", "out"
    )
    assert covey_data.arrays()["split"].tolist() == ["train", "test", "train"]
    assert "split 'extra': 1 example left out, since --splits does not name it" in out
    assert "no split 'al_train'" in covey_data.refused(
        64, "parquet", "a.parquet", "--split", "part", "--splits", "train=al_train", "-o", "other"
    )


def test_pandas_writes_the_same(covey_data):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2], "b": [0.5, 1.5], "label": ["x", "y"]})
    frame.to_parquet("a.parquet")
    covey_data("parquet", "a.parquet", "-o", "out")
    assert covey_data.arrays()["x"].tolist() == [[1, 0.5], [2, 1.5]]


def test_datasets_writes_it_and_hf_reads_a_folder(covey_data, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"), raising=False)
    features = datasets.Features(
        {"image": datasets.Image(), "label": datasets.ClassLabel(names=["dog", "ape"]), "who": datasets.Value("string")}
    )
    held = pictures(5)
    (covey_data.folder / "set").mkdir()
    for split, rows in (("train", range(3)), ("test", range(3, 5))):
        made = datasets.Dataset.from_dict(
            {
                "image": [Image.fromarray(held[i]) for i in rows],
                "label": [i % 2 for i in rows],
                "who": [f"w{i}" for i in rows],
            },
            features=features,
        )
        made.to_parquet(f"set/{split}-00000-of-00001.parquet")
    covey_data("parquet", "set", "--client", "who", "-o", "by-parquet")
    covey_data("hf", "set", "--client", "who", "--licence", "CC0", "-o", "by-hf")
    for name in ("by-parquet", "by-hf"):
        arrays = covey_data.arrays(name)
        for split, wanted in (("train", held[:3]), ("test", held[3:])):
            assert (arrays["x"][arrays["split"] == split] == np.stack(wanted)).all()
        assert covey_data.manifest(name)["classes"] == ["dog", "ape"]
    assert covey_data.manifest("by-hf")["licence"] == "CC0"
    covey_data("hf", "set", "--splits", "train=test", "-o", "swapped")
    assert covey_data.arrays("swapped")["split"].tolist() == ["train"] * 2
    assert (
        "splits left out, since --splits does not name them: train (3 examples)"
        in covey_data.manifest("swapped")["notes"]
    )
    assert covey_data.refused(65, "hf", "no-such-folder/here", "-o", "out").startswith("no-such-folder/here: ")


def test_options_without_meaning_are_refused(covey_data):
    write("a.parquet", image=images(pictures(2)), label=[0, 1])
    for words in (["--marks", "NA"], ["--missing", "drop"], ["--categories", "image"]):
        assert "the inputs are images, for which it says nothing" in covey_data.refused(
            64, "parquet", "a.parquet", *words, "-o", "out"
        )
    write("b.parquet", a=[1, 2], label=[0, 1])
    for words in (["--shape", "1x1"], ["--order", "sequence"], ["--size", "4x4"], ["--channels", "3"]):
        covey_data.refused(64, "parquet", "b.parquet", *words, "-o", "out")
    write("c.parquet", text=["a", "b"], label=[0, 1])
    for words in (["--per-client"], ["--compress"], ["--bytes"]):
        covey_data.refused(64, "parquet", "c.parquet", "--text", "text", *words, "-o", "out")
    write("d.parquet", x=[[1.0, 2.0]], label=[0])
    message = covey_data.refused(65, "parquet", "d.parquet", "--inputs", "x", "--order", "channels-first", "-o", "out")
    assert message == "d.parquet: column 'x': an example is 2, for which --order channels-first says nothing"


def test_the_type_of_the_one_input_decides(covey_data):
    write("text.parquet", text=["good", "bad"], label=["pos", "neg"], site=["a", "b"])
    covey_data("parquet", "text.parquet", "--client", "site", "-o", "text")
    assert (covey_data.folder / "text.jsonl").read_text() == (
        '{"text": "good", "label": 1, "client": "a"}\n{"text": "bad", "label": 0, "client": "b"}\n'
    )
    held = covey_data.manifest("text")
    assert {k: held[k] for k in ("source", "file", "inputs", "label", "client")} == {
        "source": "text",
        "file": "text.jsonl",
        "inputs": "text",
        "label": "label",
        "client": "client",
    }
    write("image.parquet", pic=images(pictures(2)), note=["x", "y"], label=[0, 1])
    covey_data("parquet", "image.parquet", "--inputs", "pic", "-o", "image")
    assert (covey_data.arrays("image")["x"] == np.stack(pictures(2))).all()
    write("list.parquet", x=[[1, 2], [3, 4]], y=[0, 1])
    covey_data("parquet", "list.parquet", "-o", "list")
    assert covey_data.arrays("list")["x"].tolist() == [[1, 2], [3, 4]]
    write("number.parquet", image=[1.0, 2.0], label=[0, 1])
    assert "holds double, not images" in covey_data.refused(
        65, "parquet", "number.parquet", "--image", "image", "-o", "out"
    )


def test_nested_lists_are_images_where_it_is_said(covey_data):
    held = np.arange(2 * 5 * 6 * 3).reshape(2, 5, 6, 3)
    write("a.parquet", image=held.tolist(), label=[0, 1])
    covey_data("parquet", "a.parquet", "--image", "image", "--bytes", "-o", "out")
    assert (covey_data.arrays()["x"] == held).all() and covey_data.arrays()["x"].dtype == np.uint8


def test_a_folder_of_images_keeps_the_order_of_its_classes(covey_data):
    held = [np.full((4 + i % 2, 4, 3), i, np.uint8) for i in range(12)]
    write("a.parquet", image=images(held), label=list(range(12)))
    covey_data("parquet", "a.parquet", "-o", "out")
    assert covey_data.manifest()["classes"] == [str(i) for i in range(12)] and covey_data.manifest()["levels"] == [
        "class"
    ]
    write("b.parquet", image=images(held[:2]), label=["a/b", "c"])
    assert "the class 'a/b' cannot be the name of a file" in covey_data.refused(
        65, "parquet", "b.parquet", "-o", "other"
    )


def test_licence_and_citation_of_the_metadata(covey_data):
    info = {
        "info": {
            "features": {"label": {"names": ["a", "b"], "_type": "ClassLabel"}},
            "license": "cc0-1.0",
            "citation": "Doe 2020",
        }
    }
    table = pa.table({"x": [1.0, 2.0], "label": [0, 1]}).replace_schema_metadata({"huggingface": json.dumps(info)})
    pq.write_table(table, "a.parquet")
    covey_data("parquet", "a.parquet", "-o", "out")
    held = covey_data.manifest()
    assert (held["licence"], held["citation"], held["classes"]) == ("cc0-1.0", "Doe 2020", ["a", "b"])


@pytest.fixture
def hub(monkeypatch, tmp_path_factory):
    """`datasets` with a cache of its own and without a network."""
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_OFFLINE", True, raising=False)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path_factory.mktemp("cache")), raising=False)
    return datasets


def test_hf_reads_a_folder_of_images(covey_data, hub):
    held = pictures(4)
    for i, array in enumerate(held):
        folder = covey_data.folder / "set" / ("train" if i < 3 else "test") / ("cat" if i % 2 else "ape")
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(array).save(folder / f"{i}.png")
    covey_data("hf", "set", "-o", "out")
    arrays = covey_data.arrays()
    got = {a.tobytes(): (int(y), s) for a, y, s in zip(arrays["x"], arrays["y"], arrays["split"].tolist())}
    assert got == {a.tobytes(): (i % 2, "train" if i < 3 else "test") for i, a in enumerate(held)}
    assert covey_data.manifest()["classes"] == ["ape", "cat"]


def test_hf_reads_no_file_elsewhere(covey_data, hub, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.png"
    Image.fromarray(pictures(1)[0]).save(secret)
    (covey_data.folder / "set").mkdir()
    features = hub.Features({"image": hub.Image(), "label": hub.Value("int64")})
    table = pa.table({"image": [{"bytes": None, "path": str(secret)}], "label": [0]}, schema=features.arrow_schema)
    pq.write_table(table, "set/train.parquet")
    assert "only a path ('secret.png')" in covey_data.refused(65, "hf", "set", "-o", "out")


def test_hf_with_one_split_and_a_column_that_divides_it(covey_data, hub):
    (covey_data.folder / "set").mkdir()
    write("set/a.parquet", image=images(pictures(3)), label=[0, 1, 1], part=["train", "test", "train"])
    covey_data("hf", "set", "--split", "part", "-o", "out")
    assert covey_data.arrays()["split"].tolist() == ["train", "test", "train"]
