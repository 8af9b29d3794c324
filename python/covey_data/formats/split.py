"""Divisions of examples among clients, as others write them; out comes JSON that `partition: {kind: file}` reads."""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import unpickle
from ..arrays import npz
from ..errors import BadData, BadUsage, CannotWrite
from ..files import SPLITS, read, there
from ..words import count, in_order, is_text, listed, quoted, unknown

TOKEN = re.compile(rb"\s*([{}\[\]:,]|-?\d{1,15}|\S)")
NAMES = ("train", "val", "test")


@dataclass
class Division:
    """Rows by client and split, clients in order."""

    clients: dict[str, dict[str, list[int]]]


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        metavar="FILE",
        help="partition.pkl (FL-bench), net_dataidx_map.txt (NIID-Bench, FedML), .json, .csv or .npz (Flower, PFLlib)",
    )
    parser.add_argument("-o", "--out", required=True, metavar="SPLIT.json", help="the file that is written")
    parser.add_argument("--force", action="store_true", help="replace what is there")
    parser.add_argument("--row", metavar="COLUMN", help="of a CSV: the row's number (default: row)")
    parser.add_argument("--client", metavar="COLUMN", help="of a CSV: the client (default: client, partition_id)")
    parser.add_argument(
        "--examples",
        type=_positive,
        metavar="N",
        help="how many training examples the data have: rows beyond are refused",
    )
    parser.add_argument(
        "--test-after",
        type=_positive,
        metavar="N",
        help="rows count over N training examples and then the test ones (as FL-bench's do over CIFAR-10, N = "
        "50000); writes covey-split",
    )


def _positive(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"'{text}' is not allowed (allowed: a whole number from 1)")
    return int(text)


def run(args: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    """The JSON to be written, and lines that say what it holds. Raises BadData for rows twice, or beyond the data."""
    there([args.file])
    division = opened(args.file, args.row, args.client)
    checked(division, args.file, None if args.test_after else args.examples)
    total = {s: sum(len(c.get(s, [])) for c in division.clients.values()) for s in NAMES}
    lines = [
        f"{count(len(division.clients), 'client')}: {listed(division.clients, 8)}",
        ", ".join(f"{s} {n}" for s, n in total.items() if n),
    ]
    if args.test_after:
        return _covey_split(division, args.file, args.test_after), lines
    if not total["val"] and not total["test"]:
        return {c: lists.get("train", []) for c, lists in division.clients.items()}, lines
    if total["test"]:
        lines.append("note: the test rows count in the training examples, and replace the source's own test examples")
    numbered = list(division.clients) == [str(i) for i in range(len(division.clients))]
    each = [{s: c.get(s, []) for s in NAMES} for c in division.clients.values()]
    return {"data_indices": each if numbered else dict(zip(division.clients, each))}, lines


def _covey_split(division: Division, path: str, n: int) -> dict[str, Any]:
    """Covey's own format, in which training and test examples are counted apart."""
    clients: dict[str, Any] = {}
    for client, lists in division.clients.items():
        for name, rows in lists.items():
            bad = next((r for r in rows if (r < n) == (name == "test")), None)
            if bad is not None:
                raise BadData(
                    f"{path}: client {quoted(client)}: row {bad} of {name} is "
                    f"{'a training' if bad < n else 'a test'} example, with --test-after {n}"
                )
        clients[client] = {s: [r - n if s == "test" else r for r in rows] for s, rows in lists.items() if rows}
    return {"format": "covey-split", "version": 1, "clients": clients}


def checked(division: Division, path: str, examples: int | None) -> None:
    """Raises BadData where a row is negative, beyond the examples, or belongs to two."""
    owner: dict[int, str] = {}
    for client, lists in division.clients.items():
        for name, rows in lists.items():
            for row in rows:
                if row < 0 or examples is not None and row >= examples:
                    allowed = f"0 to {examples - 1}" if examples else "from 0"
                    raise BadData(
                        f"{path}: client {quoted(client)}, {name}: row {row} of {examples or 'the data'} "
                        f"(allowed: {allowed})"
                    )
                if row in owner:
                    both = "twice" if owner[row] == f"{client}, {name}" else f"and in {owner[row]}"
                    raise BadData(f"{path}: row {row} is in {client}, {name} {both}")
                owner[row] = f"{client}, {name}"


def opened(path: str, row: str | None, client: str | None) -> Division:
    """The division in the file, by its contents. Raises BadData where it is none."""
    data = read(path)
    if data[:2] == b"PK":
        return _arrays(npz(path), path)
    if data[:1] == b"\x80" or path.lower().endswith((".pkl", ".pickle")):
        return _held(unpickle.loads(data, path), path)
    if path.lower().endswith(".csv"):
        return _csv(data, path, row, client)
    if data.lstrip()[:1] in (b"{", b"["):
        try:
            held = json.loads(data, object_pairs_hook=lambda pairs: _once(pairs, path))
        except (ValueError, UnicodeDecodeError, RecursionError):
            return _division(_niid(data, path), path)
        return _held(held, path)
    raise BadData(f"{path}: begins with {data[:8]!r}: neither a pickle, JSON, net_dataidx_map.txt, .csv nor .npz")


def _once(pairs: list[tuple[str, Any]], path: str) -> dict[str, Any]:
    keys = [k for k, _ in pairs]
    if len(set(keys)) < len(keys):
        raise BadData(f"{path}: client {quoted(next(k for k in keys if keys.count(k) > 1))} stands there twice")
    return dict(pairs)


def _held(held: Any, path: str) -> Division:
    """FL-bench's dict with `data_indices`, Covey's own, or a mapping of clients to rows."""
    if isinstance(held, dict) and held.get("format") == "covey-split":
        raise BadData(f"{path}: is a covey-split already")
    if isinstance(held, dict) and "data_indices" in held:
        held = held["data_indices"]
        if isinstance(held, list):
            held = dict(enumerate(held))
    if not isinstance(held, dict):
        raise BadData(
            f"{path}: holds a {type(held).__name__} (allowed: a mapping of clients to rows, or FL-bench's data_indices)"
        )
    return _division(held, path)


def _division(held: dict[Any, Any], path: str) -> Division:
    clients: dict[str, dict[str, list[int]]] = {}
    for key, value in held.items():
        if not isinstance(key, (str, int, np.integer)):
            raise BadData(f"{path}: {quoted(key)} is no name of a client (allowed: text, whole numbers)")
        name = str(key)
        if not is_text(name):
            raise BadData(f"{path}: {quoted(name)} is no name of a client (allowed: text of one character at least)")
        if name in clients:
            raise BadData(f"{path}: client {quoted(name)} stands there twice")
        lists = value if isinstance(value, dict) else {"train": value}
        made: dict[str, list[int]] = {}
        for split, rows in lists.items():
            if split not in SPLITS:
                raise BadData(f"{path}: client {quoted(name)}: {unknown('split', str(split), NAMES)}")
            made[SPLITS[split]] = _rows(rows, f"{path}: client {quoted(name)}, {split}")
        clients[name] = {s: made[s] for s in NAMES if s in made}
    if not clients:
        raise BadData(f"{path}: no clients")
    return Division({c: clients[c] for c in in_order(clients)})


def _rows(rows: Any, where: str) -> list[int]:
    if isinstance(rows, np.ndarray):
        if rows.ndim != 1 or rows.dtype.kind not in "iu" and rows.size:
            raise BadData(
                f"{where}: an array {rows.dtype.name} of shape {rows.shape} (allowed: whole numbers in one row)"
            )
        return [int(r) for r in rows]
    if not isinstance(rows, (list, tuple)):
        raise BadData(f"{where}: a {type(rows).__name__} (allowed: a list of rows)")
    for row in rows:
        if type(row) is not int and not isinstance(row, np.integer):
            raise BadData(f"{where}: {quoted(row)} is no row (allowed: whole numbers from 0)")
    return [int(r) for r in rows]


def _niid(data: bytes, path: str) -> dict[int, list[int]]:
    """The text of NIID-Bench and FedML: `{`, then `client: [`, rows with commas, `],`, then `}`."""
    tokens = [m[1] for m in TOKEN.finditer(data)] + [b"end"]
    at, held = 0, {}

    def take(*allowed: bytes) -> bytes:
        nonlocal at
        token = tokens[at]
        if not (token in allowed or b"number" in allowed and token.lstrip(b"-").isdigit()):
            line = data.count(b"\n", 0, ([m.start(1) for m in TOKEN.finditer(data)] + [len(data)])[at]) + 1
            raise BadData(
                f"{path}:{line}: {quoted(token.decode('utf-8', 'replace'))} (allowed: "
                f"{' or '.join(a.decode() for a in allowed)})"
            )
        at += 1
        return token

    take(b"{")
    token = take(b"number", b"}")
    while token != b"}":
        client = int(token)
        if client in held:
            raise BadData(f"{path}: client {client} stands there twice")
        take(b":"), take(b"[")
        rows, token = [], take(b"number", b"]")
        while token != b"]":
            rows.append(int(token))
            token = take(b",", b"]")
            if token == b",":
                token = take(b"number", b"]")
        held[client] = rows
        token = take(b",", b"}")
        if token == b",":
            token = take(b"number", b"}")
    take(b"end")
    return held


def _csv(data: bytes, path: str, row: str | None, client: str | None) -> Division:
    try:
        lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadData(f"{path}: no CSV in UTF-8: {error}") from None
    head = lines[0] if lines else []
    row = row or "row"
    client = client or next((n for n in ("client", "partition_id") if n in head), "client")
    for name, option in ((row, "--row"), (client, "--client")):
        if head.count(name) != 1:
            raise BadData(
                f"{path}:1: {option}: {unknown('column', name, head)}"
                if name not in head
                else f"{path}:1: column {quoted(name)} stands there twice"
            )
    at = head.index(row), head.index(client)
    held: dict[str, list[int]] = {}
    for number, line in enumerate(lines[1:], 2):
        if len(line) != len(head):
            raise BadData(f"{path}:{number}: {count(len(line), 'value')}, the header has {len(head)}")
        if not line[at[0]].isascii() or not line[at[0]].isdigit() or len(line[at[0]]) > 15:
            raise BadData(
                f"{path}:{number}: column {quoted(row)}: {quoted(line[at[0]])} is no row (allowed: whole "
                "numbers from 0)"
            )
        held.setdefault(line[at[1]], []).append(int(line[at[0]]))
    return _division(held, path)


def _arrays(held: dict[str, np.ndarray], path: str) -> Division:
    """Arrays `train_<client>`, or `indices` and `offsets`, or `client` (and `split`) with one entry an example."""
    names = set(held)
    if names == {"indices", "offsets"}:
        bounds, rows = _rows(held["offsets"], f"{path}: offsets"), _rows(held["indices"], f"{path}: indices")
        if not bounds or bounds[0] != 0 or bounds[-1] != len(rows) or bounds != sorted(bounds):
            raise BadData(
                f"{path}: offsets go from {bounds[:1]} to {bounds[-1:]} (allowed: rising from 0 to {len(rows)})"
            )
        return _division({k: rows[a:b] for k, (a, b) in enumerate(zip(bounds, bounds[1:]))}, path)
    if "client" in names and names <= {"client", "split"}:
        clients = [str(c) for c in held["client"].reshape(-1).tolist()]
        splits = [str(s) for s in held["split"].reshape(-1).tolist()] if "split" in names else ["train"] * len(clients)
        if len(splits) != len(clients):
            raise BadData(f"{path}: {len(clients)} clients, {len(splits)} splits")
        made: dict[str, dict[str, list[int]]] = {}
        for row, (c, s) in enumerate(zip(clients, splits)):
            made.setdefault(c, {}).setdefault(s, []).append(row)
        return _division(made, path)
    lists: dict[str, dict[str, Any]] = {}
    for name in held:
        split, _, client = name.partition("_")
        if split not in SPLITS or not client:
            raise BadData(
                f"{path}: the array {quoted(name)} (allowed: train_<client>, val_<client>, test_<client>; "
                "indices and offsets; client and split)"
            )
        lists.setdefault(client, {})[split] = held[name]
    return _division(lists, path)


def write(path: str, held: dict[str, Any], force: bool) -> None:
    """Writes the JSON whole or not at all. Raises CannotWrite where something is there already."""
    if os.path.lexists(path) and not force:
        raise CannotWrite(f"{path}: is there already; --force replaces it")
    if os.path.isdir(path) or not os.path.isdir(os.path.dirname(path) or "."):
        raise BadUsage(f"-o {path}: {'a folder' if os.path.isdir(path) else 'its folder does not exist'}")
    half = f"{path}.{os.getpid()}.part"
    try:
        with open(half, "w", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(held, ensure_ascii=False) + "\n")
        os.replace(half, path)
    except OSError as error:
        if os.path.exists(half):
            os.remove(half)
        raise CannotWrite(f"{path}: cannot be written ({error.strerror})") from None
