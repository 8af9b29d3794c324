"""Sets of the HuggingFace hub: the one command that downloads."""

from __future__ import annotations

import argparse
import os
from typing import Any

from .. import memory
from ..errors import BadData, BadUsage, MissingPackage
from ..extras import arrow, needed
from ..files import read
from ..parts import Conversion
from . import columns, parquet


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name",
        metavar="NAME[:CONFIG]",
        help="a set of the hub (ylecun/mnist), or a local folder that `load_dataset` takes",
    )
    parser.add_argument(
        "--revision",
        metavar="COMMIT",
        help="the version of the set; say it, so that the same command gives the same data",
    )
    columns.configure(parser)


def convert(args: argparse.Namespace) -> Conversion:
    """What `datasets.load_dataset` gives. Raises BadData with its words where it fails; code of a set is never run."""
    datasets = needed("datasets", "hf", "reading sets of the hub")
    if int(datasets.__version__.split(".")[0]) < 4:
        raise MissingPackage(
            f'datasets {datasets.__version__} may run code of a set: pip install "covey-data[hf]" (4 or later)'
        )
    datasets.disable_progress_bars()
    name, config = (args.name, None) if os.path.exists(args.name) else _parted(args.name)
    try:
        loaded = datasets.load_dataset(name, config, revision=args.revision)
    except Exception as error:  # the package raises of all kinds, from those of files to those of the network
        raise BadData(
            f"{args.name}: {type(error).__name__}: "
            f"{str(error).strip().splitlines()[0] if str(error).strip() else 'no reason given'}"
        ) from None
    if not isinstance(loaded, dict):
        raise BadData(f"{args.name}: not a set of splits")
    if args.split in loaded:
        raise BadUsage(f"--split {args.split}: names a column; --splits train={args.split} takes that split")
    splits = list(loaded)
    if args.splits:
        splits = [s for s in splits if s in args.splits] or splits
    memory.check(sum(loaded[s].data.nbytes for s in splits), args.name)
    roots = [os.path.realpath(r) for r in (name, datasets.config.HF_CACHE_HOME, datasets.config.HF_DATASETS_CACHE)]
    tables = [_table(loaded[s], roots) for s in splits]
    columns_alone = len(splits) == 1 and args.split is not None  # one split of the hub, and a column that divides it
    found = parquet.from_tables(args, tables, [f"{args.name}: {s}" for s in splits], None if columns_alone else splits)
    info = loaded[splits[0]].info
    found.licence = found.licence or _text(info.license)
    found.citation = found.citation or _text(info.citation)
    found.about = {"revision": args.revision, "homepage": _text(info.homepage)}
    left = [s for s in loaded if s not in splits]
    if left:
        found.notes.append(
            "splits left out, since --splits does not name them: "
            f"{', '.join(f'{s} ({len(loaded[s])} examples)' for s in left)}"
        )
    return found


def _parted(name: str) -> tuple[str, str | None]:
    """NAME and CONFIG of `NAME:CONFIG`."""
    name, _, config = name.partition(":")
    return name, config or None


def _table(split: Any, roots: list[str]) -> Any:
    """The split as one Arrow table, its images still encoded, with the description of its columns."""
    table = split.with_format("arrow")[:].replace_schema_metadata(split.features.arrow_schema.metadata)
    for name, feature in split.features.items():
        if type(feature).__name__ == "Image":
            table = _with_bytes(table, name, roots)
    return table


def _with_bytes(table: Any, name: str, roots: list[str]) -> Any:
    """The table with images that are files (sets of folders) read, where they lie below one of the roots."""
    values = table.column(name).to_pylist()
    for value in values:
        path = os.path.realpath(value["path"]) if value and value["bytes"] is None and value["path"] else None
        if path and any(path.startswith(root + os.sep) for root in roots):
            value["bytes"] = read(path)
    at = table.column_names.index(name)
    return table.set_column(at, table.schema.field(name), arrow().array(values, table.schema.field(name).type))


def _text(value: Any) -> str | None:
    return str(value).strip() or None if value else None
