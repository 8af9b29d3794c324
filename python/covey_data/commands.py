"""The commands, one line each, and the options that they share."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from types import ModuleType

from .errors import BadUsage
from .files import SPLITS, read, there
from .formats import columns, hdf5, hf, mat, parquet, pickles, split, tabular, torchvision
from .parts import Options


@dataclass(frozen=True)
class Command:
    """A command: its module reads, this says what its help shows."""

    name: str
    module: ModuleType
    summary: str
    example: str
    more: str = ""


COMMANDS = (
    Command(
        "parquet",
        parquet,
        "Parquet files: HuggingFace's and plain ones",
        "covey-data parquet data/ --image image --label label --client writer -o digits",
        "Files called train-… and test-… are splits; class names come from HuggingFace's metadata. Needs "
        "covey-data[parquet].",
    ),
    Command(
        "hf",
        hf,
        "a set of the HuggingFace hub, or a local copy; the only command that downloads",
        "covey-data hf ylecun/mnist --image image --label label -o mnist",
        "Code of a set is never run. Needs covey-data[hf].",
    ),
    Command(
        "torchvision",
        torchvision,
        "what torchvision has downloaded, without torchvision",
        "covey-data torchvision data --set CIFAR10 -o cifar10",
        torchvision.NOTE,
    ),
    Command(
        "hdf5",
        hdf5,
        "HDF5: arrays by their paths",
        "covey-data hdf5 fed_emnist_train.h5 fed_emnist_test.h5 --inputs 'examples/*/pixels' --label "
        "'examples/*/label' --client group -o emnist",
        "Needs covey-data[hdf5].",
    ),
    Command(
        "mat",
        mat,
        "MATLAB files of Digits-Five, SVHN, USPS",
        "covey-data mat mnist_data.mat svhn_train_32x32.mat usps_28x28.mat --layout digits-five --bytes "
        "--size 28x28 -o digits-five",
        "Needs covey-data[mat].",
    ),
    Command(
        "pickle",
        pickles,
        "pickles of FedBN, CIFAR, PFLlib, FL-bench; nothing in them is executed",
        "covey-data pickle cifar-10-batches-py --layout cifar -o cifar10",
        "A pickle may hold NumPy arrays and scalars, dict, list, tuple, text and numbers; anything else is "
        "refused by its name.",
    ),
    Command(
        "tabular",
        tabular,
        "tables of Excel, Feather and SPSS",
        "covey-data tabular heart.xlsx --label disease --client hospital --missing drop -o heart",
        "Needs covey-data[tabular]: openpyxl for .xlsx, pyarrow for .feather, pyreadstat for .sav.",
    ),
    Command(
        "split",
        split,
        "who has which examples, as FL-bench, NIID-Bench, FedML, Flower write it",
        "covey-data split partition.pkl -o split.json",
        "A scenario takes the file as `data: {partition: {kind: file, path: split.json}}`. Without test rows "
        "it is a mapping of clients to rows, with "
        "them FL-bench's data_indices, whose rows all count in the training examples; --test-after makes a "
        "covey-split of them.",
    ),
)


def output_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of all commands that write examples."""
    group = parser.add_argument_group("output")
    group.add_argument(
        "-o", "--out", required=True, metavar="NAME", help="NAME.npz and NAME.yaml, the manifest, are written"
    )
    group.add_argument("--force", action="store_true", help="replace what is there")
    group.add_argument("--per-client", action="store_true", help="a folder NAME with one npz a client")
    group.add_argument(
        "--compress",
        action="store_true",
        help="deflate the npz: smaller, slower (the bytes then depend on the version of zlib)",
    )
    group.add_argument(
        "--size",
        type=_size,
        metavar="HEIGHTxWIDTH",
        help="resize all images; without it, images of several sizes become a folder of PNG files",
    )
    group.add_argument(
        "--channels", type=int, choices=[1, 3], help="3 repeats grey images (default: 1 if all are grey, else 3)"
    )
    group.add_argument(
        "--bytes",
        action="store_true",
        help="floats that are whole numbers of 0…255, or multiples of 1/255, become bytes",
    )
    group.add_argument(
        "--classes", metavar="A,B,…", help="the classes' names in order, or their number, or @FILE with one name a line"
    )
    group.add_argument(
        "--splits",
        type=_splits,
        metavar="train=A+B,test=C",
        help="what the source's splits are; those not named are left out",
    )
    group.add_argument("--licence", metavar="TEXT", help="for the manifest, where the source does not say it")
    group.add_argument("--citation", metavar="TEXT", help="for the manifest, where the source does not say it")


def options(args: argparse.Namespace) -> Options:
    """The output options as they are used. Raises BadUsage where --classes has a name twice."""
    return Options(args.size, args.channels, args.bytes, _classes(args.classes), args.splits)


def _size(text: str) -> tuple[int, int]:
    found = columns.shape(text)
    if len(found) != 2 or max(found) > 4096:
        raise argparse.ArgumentTypeError(f"'{text}' is no size (allowed: HEIGHTxWIDTH, such as 32x32; at most 4096)")
    return found[0], found[1]


def _splits(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in text.split(","):
        ours, equals, theirs = part.partition("=")
        if SPLITS.get(ours.strip()) is None or not equals or not theirs:
            raise argparse.ArgumentTypeError(
                f"'{part}' is not allowed (allowed: train=NAME, val=NAME, test=NAME; several NAMEs with + between)"
            )
        for name in theirs.split("+"):
            if name in found:
                raise argparse.ArgumentTypeError(f"'{name}' stands there twice")
            found[name] = SPLITS[ours.strip()]
    return found


def _classes(text: str | None) -> list[str] | int | None:
    if text is None:
        return None
    if text.isdigit():
        if not 1 <= int(text) <= 65536:
            raise BadUsage(f"--classes {text} (allowed: 1 to 65536, or names)")
        return int(text)
    if text.startswith("@"):
        there([text[1:]])
        names = [line for line in read(text[1:]).decode("utf-8", "replace").splitlines() if line]
    else:
        names = [n.strip() for n in text.split(",")]
    twice = next((n for i, n in enumerate(names) if n in names[:i] or not n), None)
    if twice is not None or not names:
        raise BadUsage(f"--classes: {'an empty name' if not twice else f'the class {twice!r} stands there twice'}")
    return names
