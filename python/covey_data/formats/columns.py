"""The options of formats with columns: what each column is."""

from __future__ import annotations

import argparse

from ..errors import BadUsage
from ..tables import Request


def names(text: str) -> list[str]:
    """Names with commas between."""
    return [n for n in (part.strip() for part in text.split(",")) if n]


def shape(text: str) -> tuple[int, ...]:
    """`28x28` or `32x32x3`."""
    try:
        found = tuple(int(n) for n in text.lower().replace("×", "x").split("x"))
    except ValueError:
        found = ()
    if not 1 <= len(found) <= 3 or min(found) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no shape (allowed: 28x28, 32x32x3)")
    return found


def missing(text: str) -> str:
    """`error`, `drop`, `mean` or a finite number."""
    if text in ("error", "drop", "mean"):
        return text
    try:
        if abs(float(text)) < 1e38:
            return text
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"'{text}' is not allowed (allowed: error, drop, mean, or a number)")


def arrays(parser: argparse.ArgumentParser) -> None:
    """Adds what says how arrays are to be taken."""
    group = parser.add_argument_group("arrays")
    group.add_argument(
        "--shape",
        type=shape,
        metavar="HxW[xC]",
        help="of one example, where the file keeps it flat (28x28 is a grey image)",
    )
    group.add_argument(
        "--order",
        choices=["channels-last", "channels-first", "sequence"],
        help="where the channels of an image stand (default: the side of at most 4); sequence: steps × "
        "values, no image",
    )


def roles(parser: argparse.ArgumentParser, what: str, more: str = "") -> argparse._ArgumentGroup:
    """Adds --label, --target, --client, --domain, --group and --split, which take a `what`."""
    group = parser.add_argument_group(f"roles ({what}{more})")
    meta = what.upper()
    group.add_argument("--label", metavar=meta, help="the class: whole numbers or names (default: label, y)")
    group.add_argument(
        "--target", metavar=f"{meta}[,…]", type=names, help="numbers to be predicted, instead of --label"
    )
    group.add_argument("--client", metavar=meta, help="who holds the example")
    group.add_argument("--domain", metavar=meta, help="what looks alike")
    group.add_argument("--group", metavar=meta, help="a coarser set of clients")
    group.add_argument("--split", metavar=meta, help="train, val or test (also validation, valid, dev)")
    return group


def configure(parser: argparse.ArgumentParser, media: bool = True) -> None:
    """Adds the options of columns; with `media` also those of images, texts and lists."""
    group = roles(parser, "column", "; `file` takes the name of the file")
    inputs = parser.add_argument_group("inputs (one of them)" if media else "inputs")
    if media:
        inputs.add_argument("--image", metavar="COLUMN", help="encoded images (default: the one such column)")
        inputs.add_argument("--text", metavar="COLUMN", help="texts, which are written as NAME.jsonl")
    inputs.add_argument(
        "--inputs",
        metavar="COLUMN[,…]",
        type=names,
        help="numbers, or one column of lists (default: all columns without another role)",
    )
    table = parser.add_argument_group("columns of numbers")
    table.add_argument(
        "--categories",
        metavar="COLUMN[,…]",
        type=names,
        default=[],
        help="become one column each level, `column=level`",
    )
    table.add_argument("--ignore", metavar="COLUMN[,…]", type=names, default=[], help="no inputs")
    table.add_argument(
        "--missing",
        type=missing,
        default="error",
        metavar="WHAT",
        help="of a missing value: error (default), drop (the row), mean (of the training rows), or a number",
    )
    table.add_argument(
        "--marks", metavar="MARK[,…]", type=names, default=[], help="signs of missing values, such as NA,?"
    )
    if media:
        table = parser.add_argument_group("images")
        table.add_argument(
            "--orientation",
            choices=["exif", "stored"],
            default="exif",
            help="exif (default): as a person sees them; stored: as torchvision does",
        )
        arrays(parser)
    del group


def request(args: argparse.Namespace) -> Request:
    """The options as a Request. Raises BadUsage where they exclude one another."""
    if args.label and args.target:
        raise BadUsage("--label and --target: an example has the one or the other")
    return Request(
        args.inputs,
        args.label,
        args.target,
        args.client,
        args.domain,
        args.group,
        args.split,
        args.categories,
        args.ignore,
        args.missing,
        args.marks,
    )


def only(args: argparse.Namespace, names: tuple[str, ...], what: str) -> None:
    """Raises BadUsage where one of these options was given: it has no meaning for `what`."""
    for name in names:
        if getattr(args, name) not in (None, [], "error"):
            raise BadUsage(f"--{name}: the inputs are {what}, for which it says nothing")
