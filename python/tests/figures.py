"""The figures of expected.json: sum, weighted sum, labels, weighted labels."""

from __future__ import annotations

import numpy as np


def figures(x: np.ndarray, y: np.ndarray, classes: int) -> dict:
    """What expected.json says of a part: `weighted` is Σ v[e][k]·(1 + (31e + k) mod 97)."""
    flat = x.reshape(len(x), -1).astype(np.float64)
    weights = 1 + (31 * np.arange(len(x))[:, None] + np.arange(flat.shape[1])) % 97
    return {
        "examples": len(x),
        "sum": flat.sum(),
        "weighted": (flat * weights).sum(),
        "magnitude": np.abs(flat).sum(),
        "labels": np.bincount(y, minlength=classes).tolist(),
        "label_weighted": int((y * (1 + np.arange(len(y)) % 97)).sum()),
    }


def agree(got: dict, wanted: dict) -> None:
    """Sums of floats to 1e-6 of the sum of magnitudes; all else exactly."""
    for key, value in wanted.items():
        if key in ("sum", "weighted"):
            scale = got["magnitude"] * (97 if key == "weighted" else 1)
            assert abs(got[key] - value) <= 1e-6 * scale, (key, got[key], value)
        elif key in got:
            assert got[key] == value, key


def compare(held: dict[str, np.ndarray], case: dict) -> None:
    """All splits, clients and single values of a case."""
    classes = case["classes"] if isinstance(case["classes"], int) else len(case["classes"])
    split = held.get("split", np.array(["train"] * len(held["x"])))

    def part(name: str, client: str | None = None) -> tuple[np.ndarray, np.ndarray]:
        rows = split == name
        if client is not None:
            rows &= held["client"] == client
        return held["x"][rows], held["y"][rows]

    wanted = case.get("splits") or {}
    for name, figure in wanted.items():
        agree(figures(*part(name), classes), figure)
    for client, entry in (case.get("clients") or {}).items():
        for name, figure in entry.items():
            agree(figures(*part(name, client), classes), figure)
    if wanted:
        assert set(split.tolist()) == set(wanted)
    if "clients" in case:
        assert set(held["client"].tolist()) == set(case["clients"])
    shape = tuple(n for n in case.get("example", {}).get("shape", ()))
    assert not shape or shape in (held["x"].shape[1:], (*held["x"].shape[1:-1],))
    for value in case.get("values", []):
        x, _ = part(value["split"], value.get("client"))
        got = x[value["example"]].reshape(shape or x.shape[1:])[tuple(value["at"])]
        assert abs(float(got) - value["value"]) < 1e-6, value
