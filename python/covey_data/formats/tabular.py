"""Tables of Excel, Feather (Arrow) and SPSS."""

from __future__ import annotations

import argparse
import os
import zipfile
from typing import Any

from .. import memory
from ..errors import BadData, BadUsage
from ..extras import arrow, needed
from ..files import found, splits_of, unique_names
from ..parts import Conversion
from ..tables import Table, absent, parts
from ..words import listed, quoted, unknown
from . import columns

READERS = {".xlsx": "_excel", ".feather": "_feather", ".arrow": "_feather", ".sav": "_spss", ".zsav": "_spss"}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="FILE",
        help="tables: .xlsx, .feather or .arrow, .sav; CSV is read by Covey itself (source: csv)",
    )
    parser.add_argument("--sheet", metavar="NAME", help="of an Excel file (default: its only one)")
    columns.configure(parser, media=False)


def convert(args: argparse.Namespace) -> Conversion:
    """What the tables hold, N×C floats. Raises BadData with file, row and column."""
    request = columns.request(args)
    files = found(args.paths, list(READERS))
    tables = [_read(f, args) for f in files]
    if request.label is None and request.target is None:
        request.label = next((n for n in ("label", "y") if n in tables[0].columns), None)
        if request.label is None:
            raise BadUsage(
                f"{files[0]}: which column is the label? --label COLUMN, or --target for numbers to be "
                f"predicted (there: {listed(tables[0].columns)})"
            )
    conversion = Conversion([], licence=args.licence, citation=args.citation)
    said = request.split if request.split != "file" or "file" not in tables[0].columns else "a column"
    splits = splits_of(files, said, args.splits or (), conversion.notes)
    if splits:
        request.split = None
    names = unique_names(files) if "file" in (args.client, args.domain, args.group) else files
    conversion.parts, conversion.features = parts(tables, names, request, conversion.notes, splits, args.splits)
    return conversion


def _read(file: str, args: argparse.Namespace) -> Table:
    ending = os.path.splitext(file)[1].lower()
    if ending in (".csv", ".tsv", ".txt"):
        raise BadUsage(f"{file}: Covey reads CSV itself: `data: {{source: csv, file: {os.path.basename(file)}}}`")
    if ending not in READERS:
        raise BadData(f"{file}: a file {quoted(ending)} (allowed: {listed(READERS)})")
    if args.sheet and ending != ".xlsx":
        raise BadUsage(f"--sheet: {file} is no Excel file")
    return {"_excel": _excel, "_feather": _feather, "_spss": _spss}[READERS[ending]](file, args.sheet)


def _excel(file: str, sheet: str | None) -> Table:
    """The sheet with its first row as names. A value is missing where the cell is empty."""
    openpyxl = needed("openpyxl", "excel", "reading Excel files")
    try:
        with zipfile.ZipFile(file) as archive:
            memory.check(sum(member.file_size for member in archive.infolist()), file)
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, openpyxl.utils.exceptions.InvalidFileException) as error:
        raise BadData(f"{file}: cut, damaged or no .xlsx file: {error}") from None
    try:
        if sheet is None and len(book.sheetnames) > 1:
            raise BadUsage(f"--sheet: {file} has several: {listed(book.sheetnames)}")
        if sheet is not None and sheet not in book.sheetnames:
            raise BadData(f"{file}: --sheet: {unknown('sheet', sheet, book.sheetnames)}")
        page = book[sheet or book.sheetnames[0]]
        page.reset_dimensions()
        rows = [list(r) for r in page.iter_rows(values_only=True)]
    except (KeyError, ValueError, TypeError, OSError, SyntaxError) as error:
        raise BadData(f"{file}: damaged: {error}") from None
    finally:
        book.close()
    while rows and all(v is None for v in rows[-1]):
        rows.pop()
    head = rows[0] if rows else []
    while head and head[-1] is None:
        head.pop()
    names = _names(head, file)
    for i, row in enumerate(rows[1:], 2):
        if any(v is not None for v in row[len(names) :]):
            raise BadData(f"{file}: row {i}: more values than the header has names ({len(names)})")
        wrong = next(
            (
                v
                for v in row
                if isinstance(v, str) and v in ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")
            ),
            None,
        )
        if wrong:
            raise BadData(f"{file}: row {i}, column {quoted(names[row.index(wrong)])}: Excel's error {wrong}")
    body = [(row + [None] * len(names))[: len(names)] for row in rows[1:]]
    return Table(file, {n: [row[k] for row in body] for k, n in enumerate(names)}, lambda i: f"row {i + 2}")


def _names(head: list[Any], file: str) -> list[str]:
    for k, value in enumerate(head):
        if value is None or str(value) == "":
            raise BadData(f"{file}: row 1: column {k + 1} has no name")
    names = [str(v) for v in head]
    if not names:
        raise BadData(f"{file}: has no header")
    twice = next((n for i, n in enumerate(names) if n in names[:i]), None)
    if twice is not None:
        raise BadData(f"{file}: row 1: two columns are called {quoted(twice)}")
    return names


def _feather(file: str, _: str | None) -> Table:
    pyarrow, feather = arrow(), arrow("pyarrow.feather")
    try:
        table = feather.read_table(file)
        table.validate(full=True)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise BadData(f"{file}: cut, damaged or no Feather file: {str(error).splitlines()[0]}") from None
    names = _names(list(table.column_names), file)
    return Table(file, {n: table.column(n).to_pylist() for n in names}, lambda i: f"row {i}")


def _spss(file: str, _: str | None) -> Table:
    """The columns, with the names that SPSS keeps for values."""
    reader = needed("pyreadstat", "spss", "reading SPSS files")
    try:
        columns_, meta = reader.read_sav(file, output_format="dict")
    except Exception as error:  # the package raises of all kinds
        raise BadData(f"{file}: cut, damaged or no SPSS file: {error}") from None
    names = _names(list(meta.column_names), file)
    held = {n: [None if absent(v) or v == "" else v for v in list(columns_[n])] for n in names}
    return Table(file, held, lambda i: f"case {i + 1}", {n: dict(v) for n, v in meta.variable_value_labels.items()})
