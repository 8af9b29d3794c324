"""The README's examples, executed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[1] / "README.md"


@pytest.mark.skipif(os.name == "nt", reason="a shell")
def test_examples(tmp_path):
    pytest.importorskip("pyarrow")
    text = README.read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", text, re.S)
    assert code
    subprocess.run([sys.executable, "-c", code[1]], check=True, cwd=tmp_path)
    (tmp_path / "covey-data").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m covey_data "$@"\n')
    (tmp_path / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    for name in ("covey-data", "python"):
        (tmp_path / name).chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    for block in re.findall(r"```console\n(.*?)```", text, re.S):
        for command, wanted in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.M):
            done = subprocess.run(
                command,
                shell=True,
                capture_output=True,
                text=True,
                encoding="utf-8",
                cwd=tmp_path,
                env={**os.environ, "PATH": path, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(README.parent)},
            )
            got = re.sub(r"\b[0-9a-f]{64}\b", "HASH", done.stdout + done.stderr)
            assert got == wanted, command
