"""Where the golden files are, and how a command is run in a test."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from covey_data.cli import main

ROOT = Path(__file__).resolve().parents[2]
FORMATS = Path(os.environ.get("COVEY_FORMATS", ROOT.parent / "shared" / "data" / "formats"))


@pytest.fixture(scope="session")
def cases() -> dict:
    """The cases of expected.json by id; the test is skipped where the folder is not there."""
    if not (FORMATS / "expected.json").exists():
        pytest.skip(f"no golden files: {FORMATS} has no expected.json (COVEY_FORMATS names another folder)")
    return {c["id"]: c for c in json.loads((FORMATS / "expected.json").read_text(encoding="utf-8"))["cases"]}


class Command:
    """Runs `covey-data` in a folder of its own; paths are relative to it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]):
        self.folder, self.capsys = folder, capsys

    def __call__(self, *words: object) -> str:
        """What it prints; the test fails where it is refused."""
        code = main([str(w) for w in words])
        out, err = self.capsys.readouterr()
        assert code == 0, err
        return out

    def refused(self, code: int, *words: object) -> str:
        """The message; nothing may be left behind by a refusal."""
        before = sorted(os.listdir(self.folder))
        got = main([str(w) for w in words])
        out, err = self.capsys.readouterr()
        assert got == code, (got, out, err)
        assert err.startswith("covey-data: ") and "Traceback" not in err and not out
        assert sorted(os.listdir(self.folder)) == before
        return err[len("covey-data: ") :].rstrip("\n")

    def arrays(self, name: str = "out") -> dict[str, np.ndarray]:
        """The arrays of NAME.npz, read by NumPy."""
        with np.load(self.folder / f"{name}.npz", allow_pickle=False) as held:
            return dict(held)

    def manifest(self, name: str = "out") -> dict:
        """NAME.yaml, read by the small reader below."""
        return loaded((self.folder / f"{name}.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def covey_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    monkeypatch.chdir(tmp_path)
    return Command(tmp_path, capsys)


def loaded(text: str) -> dict:
    """The subset of YAML that manifests are written in."""
    lines = [line for line in text.split("\n") if line and not line.startswith("#")]

    def block(at: int, depth: int) -> tuple[object, int]:
        held: dict | list | None = None
        while at < len(lines):
            line = lines[at]
            indent = (len(line) - len(line.lstrip(" "))) // 2
            if indent < depth:
                break
            line = line.strip()
            if line.startswith("- "):
                held = held or []
                held.append(json.loads(line[2:]))
                at += 1
                continue
            held = {} if held is None else held
            if line.startswith('"'):
                key, end = json.JSONDecoder().raw_decode(line)
            else:
                end = line.index(":")
                key = line[:end]
            assert line[end] == ":" and key not in held
            rest = line[end + 1 :].strip()
            if rest:
                held[key], at = json.loads(rest), at + 1
            else:
                held[key], at = block(at + 1, depth + 1)
        return held, at

    return block(0, 0)[0]
