"""Parquet: HuggingFace's files and plain ones."""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

import numpy as np

from .. import images, memory
from ..arrays import shaped, values
from ..errors import BadData, BadUsage
from ..extras import arrow
from ..files import found, splits_of, unique_names
from ..parts import ROLES, Conversion, Part
from ..tables import Request, Table, name_of, parts
from ..words import listed, quoted, unknown
from . import columns

IMAGES = ("image", "img", "pixels")
LABELS = ("label", "y")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="Parquet files, or folders of them")
    columns.configure(parser)


def convert(args: argparse.Namespace) -> Conversion:
    """What the files hold. Raises BadData for files that are no Parquet or lack a column."""
    pyarrow, pq = arrow(), arrow("pyarrow.parquet")
    files = found(args.paths, [".parquet"])
    tables = []
    for file in files:
        try:
            head = pq.ParquetFile(file, page_checksum_verification=True)
            memory.check(sum(head.metadata.row_group(i).total_byte_size for i in range(head.num_row_groups)), file)
            tables.append(head.read())
            tables[-1].validate(full=True)
        except (pyarrow.ArrowException, OSError, ValueError) as error:
            raise BadData(f"{file}: cut, damaged or no Parquet file: {str(error).splitlines()[0]}") from None
    return from_tables(args, tables, files)


def from_tables(
    args: argparse.Namespace, tables: list[Any], files: list[str], splits: list[str] | None = None
) -> Conversion:
    """The same for Arrow tables; `splits` has one a table where the source says them, else the files' names may."""
    conversion = Conversion([], licence=args.licence, citation=args.citation)
    infos = [_info(t) for t in tables]
    features = [info.get("features", {}) for info in infos]
    conversion.licence = conversion.licence or str(infos[0].get("license") or "") or None
    conversion.citation = conversion.citation or str(infos[0].get("citation") or "") or None
    first = tables[0]
    for table, file in zip(tables, files):
        if len(set(table.column_names)) < len(table.column_names):
            raise BadData(f"{file}: a column stands there twice (there: {listed(table.column_names)})")
        if table.column_names != first.column_names:
            raise BadData(
                f"{file}: its columns are {listed(table.column_names)}; those of {files[0]} are "
                f"{listed(first.column_names)}"
            )
    wanted = _chosen(args, first, files[0])
    conversion.classes = _classes(wanted.label, features, files)
    if splits is not None and args.split is not None:
        raise BadUsage(f"--split {args.split}: the source has its own splits: {listed(sorted(set(splits)))}")
    if splits is None and not (args.split == "file" and "file" in first.column_names):
        splits = splits_of(files, args.split, args.splits or (), conversion.notes)
    if splits is not None:
        wanted.split = None
    kind, column = _inputs(args, wanted, first, features[0])
    names = unique_names(files) if "file" in (args.client, args.domain, args.group) else files
    if kind == "columns":
        columns.only(args, ("shape", "order"), "columns of numbers")
        rows = [_table(t, f) for t, f in zip(tables, files)]
        conversion.parts, conversion.features = parts(rows, names, wanted, conversion.notes, splits, args.splits)
        return conversion
    columns.only(args, ("categories", "ignore", "marks", "missing"), f"{kind}s")
    for k, (table, file) in enumerate(zip(tables, files)):
        part = _part(table, file, names[k], args, wanted, kind, column, conversion.notes)
        part.split = splits[k] if splits else part.split
        conversion.parts.append(part)
    return conversion


def _info(table: Any) -> dict[str, Any]:
    """What HuggingFace says about the table: `features`, maybe `license` and `citation`; empty where it says nothing."""
    try:
        info = json.loads((table.schema.metadata or {}).get(b"huggingface", b"{}"))["info"]
        return info if isinstance(info["features"], dict) else {}
    except (ValueError, KeyError, TypeError):
        return {}


def _chosen(args: argparse.Namespace, table: Any, file: str) -> Request:
    """What the command line says, with the label found by its usual names where it says nothing."""
    request = columns.request(args)
    there = table.column_names
    named = [
        request.label,
        args.text,
        args.image,
        *(request.target or []),
        *(getattr(request, r) for r in ROLES if getattr(request, r) != "file"),
    ]
    for name in [*filter(None, named), *(request.inputs or []), *request.ignore, *request.categories]:
        if name not in there:
            raise BadData(f"{file}: {unknown('column', name, there)}")
    if request.label is None and request.target is None:
        request.label = next((n for n in LABELS if n in there), None)
        if request.label is None:
            raise BadUsage(
                f"{file}: which column is the label? --label COLUMN, or --target for numbers to be predicted "
                f"(there: {listed(there)})"
            )
    if sum(x is not None for x in (args.image, args.text, request.inputs)) > 1:
        raise BadUsage("--image, --text and --inputs: one of them says what goes into the model")
    return request


def _inputs(args: argparse.Namespace, request: Request, table: Any, features: dict[str, Any]) -> tuple[str, str]:
    """What goes into the model: `image`, `text` or `list` with its column, or `columns` of numbers.

    As said; else the one column of images, else the columns without another role; of a single one its type decides.
    """
    if args.image or args.text:
        return ("image", args.image) if args.image else ("text", args.text)
    chosen = request.inputs
    if chosen is None:
        images_ = [
            c for c in table.column_names if isinstance(features.get(c), dict) and features[c].get("_type") == "Image"
        ]
        images_ = images_ or [c for c in IMAGES if c in table.column_names and _kind(table, c) == "image"]
        if len(images_) > 1:
            raise BadUsage(f"--image: which of the columns {listed(images_)}?")
        if images_:
            return "image", images_[0]
        used = [request.label, *(request.target or []), *(getattr(request, r) for r in ROLES), *request.ignore]
        chosen = [c for c in table.column_names if c not in used]
    if len(chosen) == 1 and chosen[0] not in request.categories:
        kind = _kind(table, chosen[0])
        if kind != "columns":
            return kind, chosen[0]
    return "columns", ""


def _kind(table: Any, column: str) -> str:
    """What a column of this type holds."""
    kind, types = table.schema.field(column).type, arrow().types
    if isinstance(kind, arrow().ExtensionType):
        kind = kind.storage_type
    if types.is_struct(kind) or types.is_binary(kind) or types.is_large_binary(kind):
        return "image"
    if types.is_string(kind) or types.is_large_string(kind):
        return "text"
    return "list" if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind) else "columns"


def _classes(label: str | None, features: list[dict[str, Any]], files: list[str]) -> list[str] | None:
    """The classes' names that HuggingFace keeps. Raises BadData where files have different ones."""
    if label is None:
        return None
    names = [
        f.get(label, {}).get("names")
        if isinstance(f.get(label), dict) and f[label].get("_type") == "ClassLabel"
        else None
        for f in features
    ]
    for name, file in zip(names, files):
        if name != names[0]:
            raise BadData(f"{file}: other classes than {files[0]}")
    return [str(n) for n in names[0]] if names[0] else None


def _table(table: Any, file: str) -> Table:
    """The Arrow table with its columns as lists."""
    return Table(file, {n: _values(table, n, file) for n in table.column_names}, lambda i: f"row {i}")


def _part(
    table: Any,
    file: str,
    name: str,
    args: argparse.Namespace,
    request: Request,
    kind: str,
    inputs: str,
    notes: list[str],
) -> Part:
    roles: dict[str, Any] = {}
    for role in ROLES:
        column = getattr(request, role)
        if column == "file" and "file" not in table.column_names:
            roles[role] = name
        elif column:
            roles[role] = [name_of(v) for v in _whole(table, column, file)]
    if request.label:
        roles["label"] = _whole(table, request.label, file)
    if request.target:
        roles["target"] = np.array([_whole(table, t, file) for t in request.target], np.float64).T
    if kind == "text":
        return Part(file, "text", _whole(table, inputs, file), **roles)
    if kind == "image" and _kind(table, inputs) == "image":
        columns.only(args, ("shape", "order"), "encoded images")
        return Part(file, "image", _images(table, inputs, file, args.orientation, notes), **roles)
    where = f"{file}: column {quoted(inputs)}"
    if _kind(table, inputs) != "list":
        raise BadData(
            f"{where}: holds {table.schema.field(inputs).type}, not images (allowed: bytes, a struct of bytes "
            "and path, lists)"
        )
    array = values(_array(_whole(table, inputs, file), where), where, notes)
    return Part(
        where, *shaped(array, where, notes, args.shape, args.order, kind == "image" or inputs in IMAGES), **roles
    )


def _values(table: Any, name: str, file: str) -> list[Any]:
    """The column as a list, None where a value is missing. Raises BadData for values that Python does not have."""
    try:
        return table.column(name).to_pylist()
    except (ValueError, OverflowError, NotImplementedError) as error:
        raise BadData(f"{file}: column {quoted(name)}: {error}") from None


def _whole(table: Any, name: str, file: str) -> list[Any]:
    """The column's values. Raises BadData where one is missing."""
    column = _values(table, name, file)
    if table.column(name).null_count:
        raise BadData(f"{file}: row {column.index(None)}, column {quoted(name)}: no value")
    return column


def _array(rows: list[Any], where: str) -> np.ndarray:
    try:
        array = np.array(rows)
    except ValueError:
        array = None
    if array is None or array.dtype.kind not in "biuf":
        lengths = {len(r) for r in rows if isinstance(r, list)}
        raise BadData(
            f"{where}: lists of {'several lengths' if len(lengths) > 1 else 'something else than numbers'} "
            "(allowed: lists of numbers, all alike)"
        )
    return array


def _images(table: Any, column: str, file: str, orientation: str, notes: list[str]) -> list[np.ndarray]:
    """The decoded images. Raises BadData, with the row, for one that is missing or damaged."""
    made: list[np.ndarray] = []
    total = 0
    for chunk in table.column(column).chunks:
        for value in chunk.to_pylist():
            where = f"{file}: row {len(made)}, column {quoted(column)}"
            data = value.get("bytes") if isinstance(value, dict) else value
            path = value.get("path") if isinstance(value, dict) else None
            if data is None and path:
                raise BadData(f"{where}: only a path ({quoted(os.path.basename(path))}), not the image itself")
            if not isinstance(data, bytes):
                raise BadData(f"{where}: no image (allowed: bytes, or a struct of bytes and path)")
            made.append(images.decoded(data, where, notes, orientation))
            total += made[-1].nbytes
            memory.check(total, file)
    return made
