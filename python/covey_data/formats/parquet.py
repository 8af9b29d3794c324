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
from ..extras import needed
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
    pq = needed("pyarrow.parquet", "parquet", "reading Parquet")
    arrow = needed("pyarrow", "parquet", "reading Parquet")
    files = found(args.paths, [".parquet"])
    tables = []
    for file in files:
        try:
            head = pq.ParquetFile(file, page_checksum_verification=True)
            memory.check(sum(head.metadata.row_group(i).total_byte_size for i in range(head.num_row_groups)), file)
            tables.append(head.read())
            tables[-1].validate(full=True)
        except (arrow.ArrowException, OSError, ValueError) as error:
            raise BadData(f"{file}: cut, damaged or no Parquet file: {str(error).splitlines()[0]}") from None
    return from_tables(args, tables, files)


def from_tables(
    args: argparse.Namespace, tables: list[Any], files: list[str], splits: list[str] | None = None
) -> Conversion:
    """The same for Arrow tables; `splits` has one a table where the source says them, else the files' names may."""
    conversion = Conversion([], licence=args.licence, citation=args.citation)
    features = [_features(t) for t in tables]
    first = tables[0]
    for table, file in zip(tables, files):
        if len(set(table.column_names)) < len(table.column_names):
            raise BadData(f"{file}: a column stands there twice (there: {listed(table.column_names)})")
        if table.column_names != first.column_names:
            raise BadData(
                f"{file}: its columns are {listed(table.column_names)}; those of {files[0]} are "
                f"{listed(first.column_names)}"
            )
    wanted = _chosen(args, first, features[0], files[0])
    conversion.classes = _classes(wanted.label, features, files)
    if splits is not None and args.split is not None:
        raise BadUsage(f"--split {args.split}: the source has its own splits: {listed(sorted(set(splits)))}")
    if splits is None and not (args.split == "file" and "file" in first.column_names):
        splits = splits_of(files, args.split, args.splits or (), conversion.notes)
    if splits is not None:
        wanted.split = None
    kind = "image" if wanted_image(args, first, features[0]) else "text" if args.text else "columns"
    names = unique_names(files) if "file" in (args.client, args.domain, args.group) else files
    if kind == "columns" and not _lists(first, wanted):
        columns.only(args, ("shape", "order"), "columns of numbers")
        rows = [_table(t, f) for t, f in zip(tables, files)]
        conversion.parts, conversion.features = parts(rows, names, wanted, conversion.notes, splits, args.splits)
        return conversion
    columns.only(args, ("categories", "ignore", "marks", "missing"), {"columns": "lists"}.get(kind, f"{kind}s"))
    for k, (table, file) in enumerate(zip(tables, files)):
        part = _part(table, file, names[k], args, wanted, kind, conversion.notes)
        part.split = splits[k] if splits else part.split
        conversion.parts.append(part)
    return conversion


def _features(table: Any) -> dict[str, Any]:
    """HuggingFace's description of the columns, empty where there is none."""
    try:
        info = json.loads((table.schema.metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
        return info if isinstance(info, dict) else {}
    except (ValueError, KeyError, TypeError):
        return {}


def _chosen(args: argparse.Namespace, table: Any, features: dict[str, Any], file: str) -> Request:
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


def wanted_image(args: argparse.Namespace, table: Any, features: dict[str, Any]) -> str | None:
    """The column of images: as said, or the one that has a usual name and holds encoded images."""
    if args.image or args.text or args.inputs:
        return args.image
    arrow = needed("pyarrow", "parquet", "reading Parquet")
    encoded = [
        c
        for c in table.column_names
        if features.get(c, {}).get("_type") == "Image"
        if isinstance(features.get(c, {}), dict)
    ] or [
        c
        for c in IMAGES
        if c in table.column_names
        and (arrow.types.is_struct(table.schema.field(c).type) or arrow.types.is_binary(table.schema.field(c).type))
    ]
    if len(encoded) > 1:
        raise BadUsage(f"--image: which of the columns {listed(encoded)}?")
    args.image = encoded[0] if encoded else None
    return args.image


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


def _lists(table: Any, request: Request) -> bool:
    """Whether the one input is a column of lists, which is an array."""
    arrow = needed("pyarrow", "parquet", "reading Parquet")
    if not request.inputs or len(request.inputs) != 1:
        return False
    kind = table.schema.field(request.inputs[0]).type
    kind = kind.storage_type if isinstance(kind, arrow.ExtensionType) else kind
    return arrow.types.is_list(kind) or arrow.types.is_fixed_size_list(kind) or arrow.types.is_large_list(kind)


def _table(table: Any, file: str) -> Table:
    """The Arrow table with its columns as lists."""
    return Table(file, {n: table.column(n).to_pylist() for n in table.column_names}, lambda i: f"row {i}")


def _part(
    table: Any,
    file: str,
    name: str,
    args: argparse.Namespace,
    request: Request,
    kind: str,
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
        texts = _whole(table, args.text, file)
        bad = next((i for i, t in enumerate(texts) if not isinstance(t, str)), None)
        if bad is not None:
            raise BadData(f"{file}: row {bad}, column {quoted(args.text)}: {quoted(texts[bad])} is no text")
        return Part(file, "text", texts, **roles)
    if kind == "image":
        return Part(file, *_images(table, file, args, notes), **roles)
    column = request.inputs[0]  # type: ignore[index]
    array = _array(_whole(table, column, file), f"{file}: column {quoted(column)}")
    found_kind, array = shaped(array, f"{file}: {column}", notes, args.shape, args.order, image=column in IMAGES)
    return Part(f"{file}: {column}", found_kind, array, **roles)


def _whole(table: Any, name: str, file: str) -> list[Any]:
    """The column's values. Raises BadData where one is missing."""
    column = table.column(name).to_pylist()
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


def _images(table: Any, file: str, args: argparse.Namespace, notes: list[str]) -> tuple[str, Any]:
    """The kind and the decoded images; nested lists of numbers are taken as they are."""
    column = table.column(args.image)
    arrow = needed("pyarrow", "parquet", "reading Parquet")
    kind = column.type
    if not (arrow.types.is_struct(kind) or arrow.types.is_binary(kind) or arrow.types.is_large_binary(kind)):
        if arrow.types.is_string(kind):
            raise BadData(f"{file}: column {quoted(args.image)}: holds text (a path?), not the image itself")
        array = values(_array(_whole(table, args.image, file), f"{file}: column {quoted(args.image)}"), file, notes)
        return shaped(array, f"{file}: {args.image}", notes, args.shape, args.order, image=True)
    made, total = [], 0
    i = 0
    for chunk in column.chunks:
        for value in chunk.to_pylist():
            where = f"{file}: row {i}, column {quoted(args.image)}"
            data = value.get("bytes") if isinstance(value, dict) else value
            if data is None:
                path = value.get("path") if isinstance(value, dict) else None
                raise BadData(
                    f"{where}: "
                    + (f"only a path ({quoted(os.path.basename(path))}), not the image itself" if path else "no image")
                )
            if not isinstance(data, bytes):
                raise BadData(f"{where}: no image (allowed: bytes, or a struct of bytes and path)")
            made.append(images.decoded(data, where, notes, args.orientation))
            total += made[-1].nbytes
            memory.check(total, file)
            i += 1
    return "image", made
