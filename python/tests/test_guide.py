"""The Python of Covey's guide on data of one's own, executed, and what Covey reads of what it wrote.

Covey is the program that COVEY names, else the one that was built in the repository; without it the Python runs, and
the tests say that they skip the rest.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT

GUIDE = ROOT / "Docs" / "Guides" / "your-own-data.md"
COVEY = Path(os.environ.get("COVEY", ROOT / ".build" / "release" / "covey"))
SECTIONS = {
    section.split("\n", 1)[0]: section
    for section in re.split(r"^## ", GUIDE.read_text(encoding="utf-8"), flags=re.M)[1:]
    if "```python" in section
}


def executed(heading: str, folder: Path) -> None:
    """Runs the Python of a section in a folder."""
    code = "\n".join(re.findall(r"```python\n(.*?)```", SECTIONS[heading], re.S))
    for package in re.findall(r"^(?:import|from) (\w+)", code, re.M):
        pytest.importorskip(package)
    subprocess.run([sys.executable, "-c", code], check=True, cwd=folder)


def covey(folder: Path, *words: str, columns: int = 100) -> str:
    """What Covey prints; the test is skipped where it was not built."""
    if not COVEY.exists():
        pytest.skip(f"there is no {COVEY} (COVEY names another)")
    done = subprocess.run(
        [str(COVEY), *words],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        env={**os.environ, "COLUMNS": str(columns)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.replace(str(folder), "/home/me")


def whole(text: str) -> list[str]:
    """Lines, a note that goes on in the next line as one."""
    lines: list[str] = []
    for line in text.split("\n")[:-1]:
        if line.startswith("  ") and lines and lines[-1].startswith("note: "):
            lines[-1] += " " + line.lstrip(" ")
        else:
            lines.append(line)
    return lines


@pytest.mark.parametrize("heading", SECTIONS)
def test_commands_print_what_stands_behind_them(heading, tmp_path):
    executed(heading, tmp_path)
    blocks = re.findall(r"```console\n(.*?)```", SECTIONS[heading], re.S)
    assert blocks
    for command, wanted in re.findall(r"^\$ covey (.*)\n((?:(?!\$ ).*\n)*)", "".join(blocks), re.M):
        got = whole(covey(tmp_path, *command.split(" ")))
        pattern = "".join(r"(?:.*\n)*?" if line == "…" else re.escape(line) + r"\n" for line in whole(wanted))
        assert re.fullmatch(pattern, "\n".join(got) + "\n"), (command, got)


def info(folder: Path, *words: str) -> dict:
    """What `covey data info` says, as JSON."""
    return json.loads(covey(folder, "data", "info", *words, "--format", "json"))


def weighted(x: np.ndarray) -> float:
    """Σ v[e][k]·(1 + (31·e + k) mod 97), by which examples and axes can't be exchanged unseen."""
    rows = x.reshape(len(x), -1).astype(np.float64)
    places = 31 * np.arange(rows.shape[0])[:, None] + np.arange(rows.shape[1])[None, :]
    return float((rows * (1 + places % 97)).sum())


def section(start: str) -> str:
    (found,) = [heading for heading in SECTIONS if heading.startswith(start)]
    return found


def test_arrays_of_savez(tmp_path):
    executed(section("NumPy"), tmp_path)
    with np.load(tmp_path / "scans.npz", allow_pickle=False) as held:
        x, y, site, split = (held[name] for name in ("x", "y", "site", "split"))
    told = info(tmp_path, "scans.npz", "--set", "data.client=site", "--set", "data.split=split")
    assert [c["name"] for c in told["clients"]] == ["bern", "kiel", "oslo"]
    for client in told["clients"]:
        for name in ("train", "test"):
            rows = (site == client["name"]) & (split == name)
            part = client[name]
            assert part["examples"] == rows.sum() and part["labels"] == np.bincount(y[rows], minlength=2).tolist()
            assert part["sum"] == x[rows].sum() and part["weighted"] == weighted(x[rows])


def test_views_of_savez_are_whole(tmp_path):
    x = np.arange(2 * 3 * 8 * 9, dtype=np.float32).reshape(2, 3, 8, 9)
    for name, view in {"turned": x.transpose(0, 2, 3, 1), "cut": x.transpose(0, 2, 3, 1)[:, ::2, 1:]}.items():
        np.savez(tmp_path / f"{name}.npz", x=view, y=np.array([0, 1]))
        told = info(tmp_path, f"{name}.npz", "--set", "data.order=channels-last")
        assert told["example"]["shape"] == list(view.shape[1:])
        assert told["clients"][0]["train"]["weighted"] == weighted(np.ascontiguousarray(view))


def test_transposed_views_of_safetensors(tmp_path):
    executed(section("safetensors"), tmp_path)
    from safetensors.numpy import load_file

    told = {name: info(tmp_path, f"{name}.safetensors") for name in ("view", "photos")}
    rows, columns = np.mgrid[0:16, 0:16]
    photo = np.stack([rows * 4, columns * 5, 200 - rows * 6], axis=-1).astype(np.uint8)
    meant = np.stack([photo, photo[::-1], photo[:, ::-1], 255 - photo])
    # Covey holds images with channels last.
    part = told["photos"]["clients"][0]["train"]
    assert (part["sum"], part["weighted"]) == (meant.sum(), weighted(meant))
    assert not [note for note in told["photos"]["notes"] if "channels" in note]
    kept = load_file(tmp_path / "view.safetensors")["client0.x"].transpose(0, 2, 3, 1)
    part = told["view"]["clients"][0]["train"]
    assert (part["sum"], part["weighted"]) == (kept.sum(), weighted(kept))
    if (kept == meant).all():
        pytest.skip("this version of safetensors saves views as they are meant")
    assert "'client0.x' seems to have the channels of a pixel beside one another" in told["view"]["notes"][0]


def test_tables_of_pandas(tmp_path):
    executed(section("A table from pandas"), tmp_path)
    words = ["--set", "data.client=site", "--set", "data.label=ill", "--set", "data.missing=mean"]
    told = info(tmp_path, "patients.csv", *words)
    assert told["features"] == ["age", "pressure"] and told["target"]["names"] == ["False", "True"]
    assert [c["name"] for c in told["clients"]] == ["bern", "oslo"]
    # Seven pressures are there; the eighth is their mean.
    sums = [217 + 145 + 130.5 + 120 + 909.5 / 7, 204 + 118 + 140 + 132 + 124]
    assert [c["train"]["sum"] for c in told["clients"]] == pytest.approx(sums, rel=1e-6)
    assert [c["train"]["labels"] for c in told["clients"]] == [[2, 2], [2, 2]]


def test_an_index_of_pandas_is_a_column(tmp_path):
    pd = pytest.importorskip("pandas")
    pd.DataFrame({"age": [1, 2], "label": [0, 1]}).to_csv(tmp_path / "t.csv")
    assert info(tmp_path, "t.csv")["features"] == ["", "age"]
