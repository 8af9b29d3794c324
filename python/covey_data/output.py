"""Writes NAME.npz (or a folder, or NAME.jsonl) and NAME.yaml, whole or not at all; the same bytes for the same input."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import images, manifest
from .errors import BadData, BadUsage, CannotWrite
from .parts import ROLES, Conversion, Examples, counts
from .words import count, extents, in_order, listed, quoted

STAMP = (1980, 1, 1, 0, 0, 0)
MADE = "Made by covey-data."


@dataclass
class Written:
    """What was written: SHA-256 by name, and the keys of the manifest that say how to read it."""

    words: dict[str, Any]
    hashes: dict[str, str] = field(default_factory=dict)


def ready(out: str, force: bool) -> tuple[str, str]:
    """The folder and the name of `-o`, looked at before anything is read.

    Raises BadUsage where NAME cannot begin names of files, CannotWrite where there is no folder for it, or a manifest already.
    """
    folder, name = os.path.split(out)
    folder = folder or "."
    if not name or name in (".", "..") or any(c in '*?[]"' or ord(c) < 32 for c in name):
        raise BadUsage(
            f"-o {quoted(out)}: NAME begins the names of the files that are written; it has no *, ?, [, ] and quotes"
        )
    if not os.path.isdir(folder):
        raise CannotWrite(f"{folder}: there is no such folder, in which {name}.yaml would be written")
    if os.path.lexists(f"{out}.yaml") and not force:
        raise CannotWrite(f"{out}.yaml: is there already; --force replaces it")
    return folder, name


def write(
    out: str, examples: Examples, found: Conversion, command: str, force: bool, per_client: bool, deflate: bool
) -> list[str]:
    """Writes the examples and their manifest; returns the lines that say so.

    Raises CannotWrite where the output is there already (without `force`) or cannot be made, BadData where a name
    cannot be that of a file, BadUsage where `per_client` has no clients.
    """
    folder, name = ready(out, force)
    for given, option in ((per_client, "--per-client"), (deflate, "--compress")):
        if given and (examples.kind == "text" or isinstance(examples.inputs, list)):
            what = "texts" if examples.kind == "text" else "images of several sizes"
            raise BadUsage(f"{option}: {what} are not written as npz")
    with _staged(folder) as stage:
        if examples.kind == "text":
            written = _lines(stage, name, examples)
        elif isinstance(examples.inputs, list):
            written = _folder(stage, name, examples)
        else:
            written = _npz(stage, name, examples, per_client, deflate)
        keys = _manifest(written, examples, found, command)
        with open(os.path.join(stage, f"{name}.yaml"), "w", encoding="utf-8", newline="\n") as file:
            file.write(manifest.yaml(keys, f"{MADE} A scenario takes it as `data: {{from: {name}.yaml}}`."))
        _moved(stage, folder, force)
    return _report(folder, name, written, examples)


@contextmanager
def _staged(folder: str) -> Iterator[str]:
    """A folder beside the output, gone afterwards."""
    try:
        stage = tempfile.mkdtemp(prefix=".covey-data-", dir=folder)
    except OSError as error:
        raise CannotWrite(f"{folder}: cannot be written to ({error.strerror})") from None
    try:
        yield stage
    except OSError as error:
        raise CannotWrite(f"{error.filename or folder}: cannot be written ({error.strerror})") from None
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _moved(stage: str, folder: str, force: bool) -> None:
    """Moves what was staged to its place; the manifest last. A folder is replaced only if its manifest is one of ours."""
    names = sorted(os.listdir(stage), key=lambda n: (n.endswith(".yaml"), n))
    for name in names:
        there = os.path.normpath(os.path.join(folder, name))
        if os.path.lexists(there) and not force:
            raise CannotWrite(f"{there}: is there already; --force replaces it")
        if os.path.isdir(there) and not _ours(f"{there}.yaml"):
            raise CannotWrite(f"{there}: a folder that covey-data did not make; remove it first")
    for name in names:
        there = os.path.join(folder, name)
        if os.path.isdir(there) and not os.path.islink(there):
            shutil.rmtree(there)
        os.replace(os.path.join(stage, name), there)


def _ours(path: str) -> bool:
    """Whether there is a manifest at the path that begins as ours do."""
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return file.readline(200).startswith(b"# " + MADE.encode())


# NAME.npz


def _npz(stage: str, name: str, examples: Examples, per_client: bool, deflate: bool) -> Written:
    words: dict[str, Any] = {"source": "npz", "file": f"{name}.npz", "inputs": "x"}
    words.update({"label": "y"} if examples.label is not None else {"target": "target"})
    words.update({role: role for role in ROLES if role in examples.roles})
    if examples.kind == "image":
        words["order"] = "channels-last"
    members: dict[str, np.ndarray] = {"x": examples.inputs, **examples.roles}
    members["y" if examples.label is not None else "target"] = examples.answer
    written = Written(words)
    if not per_client:
        written.hashes[f"{name}.npz"] = save(os.path.join(stage, f"{name}.npz"), members, deflate)
        return written
    clients = examples.roles.get("client")
    if clients is None:
        raise BadUsage("--per-client: the examples have no clients (say --client)")
    names = in_order(clients.tolist())
    _as_files(names, "client")
    words.update(file=f"{name}/*.npz", client="file")
    members.pop("client")
    os.mkdir(os.path.join(stage, name))
    for client in names:
        rows = np.flatnonzero(clients == client)
        mine = {key: value[rows] for key, value in members.items()}
        written.hashes[f"{name}/{client}.npz"] = save(os.path.join(stage, name, f"{client}.npz"), mine, deflate)
    return written


def save(path: str, members: dict[str, np.ndarray], deflate: bool = False) -> str:
    """Writes an npz whose bytes depend on the arrays alone (members sorted, times fixed); returns its SHA-256."""
    with zipfile.ZipFile(path, "w") as archive:
        for name in sorted(members):
            array = np.ascontiguousarray(members[name])
            array = array.astype(array.dtype.newbyteorder("<"), copy=False)
            info = zipfile.ZipInfo(f"{name}.npy", STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
            info.create_system, info.external_attr = 3, 0o644 << 16
            with archive.open(info, "w", force_zip64=array.nbytes > 1 << 31) as file:
                file.write(_header(array))
                flat = array.reshape(-1).view(np.uint8) if array.nbytes else np.zeros(0, np.uint8)
                for start in range(0, len(flat), 1 << 24):
                    file.write(flat[start : start + (1 << 24)].tobytes())
    return _hash(path)


def _header(array: np.ndarray) -> bytes:
    """The npy header, version 1.0, as NumPy writes it."""
    text = f"{{'descr': {array.dtype.str!r}, 'fortran_order': False, 'shape': {tuple(map(int, array.shape))!r}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode("latin-1")


def _hash(path: str) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


# A folder of PNG files, for images of several sizes


def _folder(stage: str, name: str, examples: Examples) -> Written:
    if examples.label is None:
        raise BadData(
            "images of several sizes with targets: a folder of images has classes alone; --size HEIGHTxWIDTH "
            "makes them one array"
        )
    if "group" in examples.roles:
        raise BadUsage(
            "--group: a folder of images has no level for it; --size HEIGHTxWIDTH makes the images one array"
        )
    classes = _names(examples.classes)
    levels = [role for role in ("split", "domain", "client") if role in examples.roles]
    for level in levels:
        _as_files(in_order(examples.roles[level].tolist()), level)
    _as_files(classes, "class")
    width = len(str(len(examples) - 1))
    written = Written({"source": "images", "root": name, "levels": [*levels, "class"]})
    for i, image in enumerate(examples.inputs):
        path = "/".join(
            [
                name,
                *(str(examples.roles[level][i]) for level in levels),
                classes[examples.label[i]],
                f"{i:0{width}}.png",
            ]
        )
        os.makedirs(os.path.dirname(os.path.join(stage, path)), exist_ok=True)
        data = images.png(image)
        with open(os.path.join(stage, path), "wb") as file:
            file.write(data)
        written.hashes[path] = hashlib.sha256(data).hexdigest()
    written.hashes = dict(sorted(written.hashes.items()))
    return written


def _names(classes: list[str] | int | None) -> list[str]:
    return [str(i) for i in range(classes)] if isinstance(classes, int) else list(classes or [])


def _as_files(names: list[str], what: str) -> None:
    """Raises BadData for a name that cannot be that of a file on every machine."""
    seen: dict[str, str] = {}
    for name in names:
        bad = name in (".", "..") or name.startswith(".") or name != name.strip() or len(name.encode()) > 200
        if bad or any(c in '/\\:*?"<>|[]' or ord(c) < 32 for c in name):
            raise BadData(
                f"the {what} {quoted(name)} cannot be the name of a file (not allowed: a dot in front, blanks "
                'at the ends, / \\ : * ? " < > | [ ])'
            )
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            raise BadData(f"the {what} {quoted(name)} and {quoted(other)} would be one file on some machines")


# NAME.jsonl, for text


def _lines(stage: str, name: str, examples: Examples) -> Written:
    answer = "label" if examples.label is not None else "target"
    words = {"source": "text", "file": f"{name}.jsonl", "inputs": "text", answer: answer}
    words.update({role: role for role in ROLES if role in examples.roles})
    path = os.path.join(stage, f"{name}.jsonl")
    values = examples.answer.tolist()
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for i, text in enumerate(examples.inputs):
            line = {"text": text, answer: values[i], **{r: str(v[i]) for r, v in examples.roles.items()}}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return Written(words, {f"{name}.jsonl": _hash(path)})


# The manifest and the report


def _manifest(written: Written, examples: Examples, found: Conversion, command: str) -> dict[str, Any]:
    return {
        **written.words,
        # Folders sort as text, '10' before '2': only the names keep the order.
        "classes": _names(examples.classes) if written.words["source"] == "images" else examples.classes,
        "files": written.hashes,
        "licence": found.licence,
        "citation": found.citation,
        "features": examples.features,
        "values": _values(examples),
        "counts": counts(examples),
        "notes": examples.notes or None,
        **found.about,
        "command": command,
    }


def _values(examples: Examples) -> dict[str, Any] | None:
    """Type, shape of an example (left out where there are several), smallest and largest value."""
    if examples.kind == "text":
        return {"type": "text"}
    inputs = examples.inputs
    if isinstance(inputs, list):
        ends = min(int(i.min()) for i in inputs), max(int(i.max()) for i in inputs)
        return {"type": "uint8", "minimum": ends[0], "maximum": ends[1]}
    return {
        "type": inputs.dtype.name,
        "shape": list(inputs.shape[1:]),
        "minimum": inputs.min().item(),
        "maximum": inputs.max().item(),
    }


def _report(folder: str, name: str, written: Written, examples: Examples) -> list[str]:
    what = {"image": "images", "sequence": "sequences", "vector": "rows", "text": "texts"}[examples.kind]
    if isinstance(examples.inputs, np.ndarray):
        unit = "bytes" if examples.inputs.dtype == np.uint8 else "floats"
        what += f" of {extents(examples.inputs.shape[1:])} {unit}"
    elif examples.kind == "image":
        what += " of several sizes"
    number = len(_names(examples.classes))
    answer = count(number, "class", "classes") if examples.label is not None else "targets"
    there = counts(examples)
    files = list(written.hashes)
    shown = os.path.join(folder, files[0] if len(files) == 1 else name)
    lines = [
        f"{os.path.normpath(shown)}{'' if len(files) == 1 else f' ({len(files)} files)'}: {len(examples)} "
        f"{what}, {answer}"
    ]
    lines.append("  " + ", ".join(f"{s} {n}" for s, n in there["splits"].items()))
    for key in ("clients", "domains"):
        if key in there:
            lines.append(f"  {count(len(there[key]), key[:-1])}: {listed(there[key], 8)}")
    lines += [f"  note: {n}" for n in examples.notes]
    lines.append(
        f"{os.path.normpath(os.path.join(folder, name + '.yaml'))}: for a scenario, `data: {{from: {name}.yaml}}`"
    )
    return lines
