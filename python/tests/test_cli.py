"""The command line: help, mistakes, packages that are not there."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

import pytest

from covey_data.cli import parser_of
from covey_data.commands import COMMANDS


def test_help(covey_data):
    out = covey_data("--help")
    assert all(c.name in out and c.summary in out for c in COMMANDS) and all(
        len(line) <= 120 for line in out.splitlines()
    )
    assert covey_data("--version") == "covey-data 0.1.0\n"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.name)
def test_help_of_a_command(covey_data, command):
    out = covey_data(command.name, "--help")
    assert f"example:\n  {command.example}" in out and "Exit codes" in out


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.name)
def test_examples_are_taken(command):
    words = shlex.split(command.example)
    assert words[:2] == ["covey-data", command.name]
    parser_of(command).parse_args(words[2:])


def test_mistakes(covey_data):
    assert covey_data.refused(64).startswith("which command? parquet, hf,")
    assert covey_data.refused(64, "parqet", "x").startswith("unknown command 'parqet'; did you mean 'parquet'?")
    assert covey_data.refused(64, "parquet", "x", "--lable", "y", "-o", "out").startswith(
        "unknown option '--lable'; did you mean '--label'?"
    )
    assert "required: -o/--out" in covey_data.refused(64, "parquet", "x")
    assert "choose from" in covey_data.refused(64, "mat", "x", "--layout", "svnh", "-o", "out")
    assert "is no shape" in covey_data.refused(64, "parquet", "x", "--shape", "3x", "-o", "out")
    assert "is no size" in covey_data.refused(64, "parquet", "x", "--size", "3", "-o", "out")
    assert "is not allowed (allowed: train=NAME" in covey_data.refused(
        64, "parquet", "x", "--splits", "tain=x", "-o", "out"
    )
    assert "stands there twice" in covey_data.refused(64, "parquet", "x", "--classes", "a,b,a", "-o", "out")
    assert "argument too many" in covey_data.refused(64, "split", "x", "y", "-o", "out")
    assert (
        covey_data.refused(66, "pickle", "gone", "--layout", "cifar", "-o", "out")
        == "gone: there is no such file or folder"
    )
    both = ["--label", "a", "--target", "b"]
    assert "the one or the other" in covey_data.refused(64, "tabular", "x.xlsx", *both, "-o", "out")


PACKAGES = {
    "pyarrow.parquet": (["parquet", "a.parquet"], "parquet"),
    "h5py": (["hdf5", "a.h5", "--inputs", "x", "--label", "y"], "hdf5"),
    "scipy.io": (["mat", "a.mat", "--layout", "svhn"], "mat"),
    "openpyxl": (["tabular", "a.xlsx"], "excel"),
    "pyreadstat": (["tabular", "a.sav"], "spss"),
    "pyarrow.feather": (["tabular", "a.feather"], "parquet"),
    "datasets": (["hf", "a"], "hf"),
}


@pytest.mark.parametrize("module", PACKAGES)
def test_packages_that_are_not_installed(covey_data, monkeypatch, module):
    words, extra = PACKAGES[module]
    (covey_data.folder / words[1]).write_bytes(b"x")
    for name in {module, module.split(".")[0]}:
        monkeypatch.setitem(sys.modules, name, None)
    message = covey_data.refused(69, *words, "-o", "out")
    assert f'pip install "covey-data[{extra}]"' in message and module.split(".")[0] in message


def test_only_numpy_and_pillow_are_imported(tmp_path):
    """Without the extras everything else works: nothing imports them on the way."""
    code = "import sys; from covey_data.cli import main; main(['--help']); print(sorted({m.split('.')[0] for m in sys.modules} & {'pyarrow', 'h5py', 'scipy', 'pandas', 'datasets', 'torchvision', 'openpyxl', 'pyreadstat'}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip().endswith("[]")


def test_messages_show_what_a_terminal_cannot(covey_data):
    path = covey_data.folder / "a\x1b[31m.json"
    path.write_text("x")
    message = covey_data.refused(65, "split", path.name, "-o", "b.json")
    assert "\x1b" not in message and "\\x1b[31m" in message


@pytest.mark.skipif(os.name == "nt", reason="links")
def test_links_that_leave_the_folder(covey_data):
    (covey_data.folder / "secret.npz").write_bytes(b"x")
    (covey_data.folder / "in" / "train").mkdir(parents=True)
    os.symlink("../../secret.npz", covey_data.folder / "in" / "train" / "0.npz")
    assert "a symbolic link that leaves in" in covey_data.refused(65, "pickle", "in", "--layout", "pfllib", "-o", "out")


def test_python_m(tmp_path):
    done = subprocess.run([sys.executable, "-m", "covey_data", "split"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 64 and done.stderr.startswith("covey-data: the following arguments are required")
