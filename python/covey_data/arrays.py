"""NumPy arrays: reading npy and npz without pickles, and turning arrays into what Covey takes."""

from __future__ import annotations

import ast
import io
import math
import re
import struct
import zipfile
from typing import Any

import numpy as np

from . import memory, unpickle
from .errors import BadData
from .files import read
from .words import extents, number, place, quoted

TYPE = re.compile(r"[<>|=]([biufSU])(\d{1,6})")


def npy(data: bytes, where: str, pickled: bool = False) -> Any:
    """The array of an npy file. With `pickled`, objects are read by the restricted unpickler, else they are refused.

    Raises BadData where header and bytes do not agree.
    """
    if data[:6] != b"\x93NUMPY":
        raise BadData(f"{where}: no npy file (it does not begin with \\x93NUMPY)")
    try:
        form = "<H" if data[6] == 1 else "<I"
        start = 8 + struct.calcsize(form) + struct.unpack_from(form, data, 8)[0]
        if start > len(data) or start > 65536:
            raise ValueError
        text = data[8 + struct.calcsize(form) : start].decode("utf-8" if data[6] == 3 else "latin-1")
        header = ast.literal_eval(text.strip())
        descr, fortran, shape = header["descr"], header["fortran_order"], header["shape"]
        sound = type(shape) is tuple and len(shape) <= 32 and all(type(n) is int and n >= 0 for n in shape)
    except (ValueError, SyntaxError, IndexError, struct.error, KeyError, TypeError, MemoryError, RecursionError):
        raise BadData(f"{where}: damaged: its npy header cannot be read") from None
    if not sound:
        raise BadData(f"{where}: damaged: {quoted(shape)} is no shape")
    if descr in ("|O", "O"):
        if not pickled:
            raise BadData(f"{where}: holds Python objects (a pickle), which are refused (allowed: numbers and text)")
        value = unpickle.loads(data[start:], where)
        return value
    found = TYPE.fullmatch(descr) if type(descr) is str else None
    if not found:
        raise BadData(f"{where}: the type {quoted(descr)} is refused (allowed: numbers and text)")
    try:
        dtype = np.dtype(descr)
    except TypeError:
        raise BadData(f"{where}: there is no type {quoted(descr)}") from None
    wanted = math.prod(shape) * dtype.itemsize
    if wanted != len(data) - start:
        raise BadData(f"{where}: {extents(shape)} of type {descr} are {wanted} bytes, the file has {len(data) - start}")
    if not wanted:
        return np.zeros(
            tuple(min(n, 1) if n else 0 for n in shape) if max(shape, default=0) > 1 << 24 else shape, dtype
        )
    return np.frombuffer(data, dtype, offset=start).reshape(shape, order="F" if fortran else "C")


def npz(path: str, pickled: bool = False) -> dict[str, Any]:
    """The arrays of an npz file by name. Raises BadData where it is cut, or a member is no array."""
    arrays = {}
    try:
        with zipfile.ZipFile(io.BytesIO(read(path))) as archive:
            for member in archive.infolist():
                where = f"{path}: {member.filename}"
                if not member.filename.endswith(".npy"):
                    raise BadData(f"{where}: no array (.npy)")
                memory.check(member.file_size, where)
                name = member.filename[:-4]
                if name in arrays:
                    raise BadData(f"{where}: there twice")
                arrays[name] = npy(archive.read(member), f"{path}: {name}", pickled)
    except (
        zipfile.BadZipFile,
        EOFError,
        NotImplementedError,
        RuntimeError,
        struct.error,
        ValueError,
        OSError,
    ) as error:
        raise BadData(f"{path}: cut, or no zip file: {error}") from None
    except zipfile.zlib.error as error:  # type: ignore[attr-defined]
        raise BadData(f"{path}: damaged: {error}") from None
    return arrays


def values(array: np.ndarray, where: str, notes: list[str], first: int = 0) -> np.ndarray:
    """The array as uint8 where it is uint8, else as float32; 16 bits are divided by 65535, as Covey does with images.

    Raises BadData for a value that is not finite, with its place; `first` is the number of the first example.
    """
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    if array.dtype.kind not in "biuf":
        raise BadData(f"{where}: holds {array.dtype.name}, not numbers")
    if array.dtype.kind == "f":
        finite(array, where, first)
    elif array.dtype.kind in "iu" and array.size and int(max(abs(int(array.max())), abs(int(array.min())))) > 1 << 24:
        note(notes, "whole numbers beyond 2^24 lose digits as float32")
    if array.dtype in (np.dtype(">u2"), np.dtype("<u2")):
        note(notes, "16-bit values are divided by 65535")
        return (array / np.float64(65535)).astype(np.float32)
    with np.errstate(over="ignore"):
        single = np.ascontiguousarray(array, dtype=np.float32)
    if array.dtype.kind == "f" and array.dtype.itemsize > 4:
        bad = np.argwhere(~np.isfinite(single))
        if len(bad):
            value = array[tuple(bad[0])]
            raise BadData(
                f"{where}: the value {number(value)} at {place([first + bad[0][0], *bad[0][1:]])} is too "
                "large for float32"
            )
    return single


def finite(array: np.ndarray, where: str, first: int = 0) -> None:
    """Raises BadData for the first value that is not finite."""
    if np.isfinite(array).all():
        return
    bad = np.argwhere(~np.isfinite(array))[0]
    raise BadData(
        f"{where}: has the value {number(array[tuple(bad)])} at {place([first + bad[0], *bad[1:]])} (allowed: "
        "finite numbers)"
    )


def note(notes: list[str], text: str) -> None:
    """Adds the note unless it is there."""
    if text not in notes:
        notes.append(text)


def shaped(
    array: np.ndarray,
    where: str,
    notes: list[str],
    shape: tuple[int, ...] | None,
    order: str | None,
    image: bool = False,
) -> tuple[str, np.ndarray]:
    """What an array holds, and the array so: `image` N×H×W×C, `sequence` N×T×C or `vector` N×C.

    `shape` is that of one example, where the file keeps it flat; `order` is channels-last, channels-first or sequence.
    Without them: three extents of bytes are grey images, and so are floats with `image`, others are sequences; of
    four, the side that is at most 4 holds the channels. Raises BadData where that does not say it.
    """
    if array.ndim == 0:
        raise BadData(f"{where}: one value, not one for each example")
    if shape is not None:
        if math.prod(shape) != math.prod(array.shape[1:]):
            raise BadData(
                f"{where}: an example is {extents(array.shape[1:])}, which is not --shape {'x'.join(map(str, shape))} "
                f"({math.prod(array.shape[1:])} values, not {math.prod(shape)})"
            )
        array, image = array.reshape(len(array), *shape), True
    example = array.shape[1:]
    if 0 in example:
        raise BadData(f"{where}: an example is {extents(example)}: it has no values")
    if order is not None and (len(example) < 2 or order == "sequence" and len(example) != 2):
        raise BadData(f"{where}: an example is {extents(example)}, for which --order {order} says nothing")
    if len(example) < 2:
        return "vector", array.reshape(len(array), -1)
    if len(example) == 2:
        grey = order != "sequence" and (order is not None or image or array.dtype in (np.uint8, bool))
        if grey:
            return "image", array[..., None]
        note(
            notes,
            f"read as sequences of {example[0]} steps of {example[1]} values; "
            f"--shape {example[0]}x{example[1]} makes them grey images",
        )
        return "sequence", _not_bytes(array)
    if len(example) == 3:
        if order not in ("channels-first", "channels-last"):
            first, last = example[0] <= 4, example[2] <= 4
            if first == last:
                raise BadData(
                    f"{where}: an example is {extents(example)}; say --order channels-first or --order channels-last"
                )
            order = "channels-first" if first else "channels-last"
        return "image", np.moveaxis(array, 1, 3) if order == "channels-first" else array
    raise BadData(f"{where}: an example is {extents(example)} (allowed: up to three extents; --shape gives others)")


def _not_bytes(array: np.ndarray) -> np.ndarray:
    """Bytes as floats of [0, 1]: Covey takes N×A×B bytes for images, so that sequences have to be floats."""
    return (array / np.float32(255)).astype(np.float32) if array.dtype == np.uint8 else array


def as_bytes(array: np.ndarray, where: str) -> np.ndarray:
    """Whole numbers of 0…255, or multiples of 1/255 of [0, 1], as bytes. Raises BadData where a value is neither."""
    if array.dtype == np.uint8:
        return array
    low, high = (float(array.min()), float(array.max())) if array.size else (0.0, 0.0)
    scaled = array.astype(np.float64) * (255 if 0 <= low and high <= 1 else 1)
    whole = np.rint(scaled)
    bad = np.argwhere((np.abs(scaled - whole) > 1e-3) | (whole < 0) | (whole > 255))
    if len(bad):
        value = array[tuple(bad[0])]
        raise BadData(
            f"{where}: --bytes: the value {number(value)} at {place(bad[0])} is neither a whole number of "
            "0…255 nor a multiple of 1/255"
        )
    return whole.astype(np.uint8)
