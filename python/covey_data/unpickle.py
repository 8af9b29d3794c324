"""Reads pickles without executing anything.

A pickle is a program. This is a small interpreter for it that knows dict, list, tuple, text, bytes, numbers, and
NumPy's constructors of arrays, types and scalars, which it builds itself from their bytes. Nothing that a pickle names
is looked up, imported or called; every other name, and every other kind of instruction, is refused.
"""

from __future__ import annotations

import codecs
import math
import re
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from .errors import BadData
from .words import extents, quoted

ARRAY_TYPE = re.compile(r"[<>|=]?([biufSU])(\d{1,6})")
MARK = object()
# What a pickle may name, under the modules of Python 2, NumPy 1 and NumPy 2, and what it stands for here.
NAMES = {
    ("numpy.core.multiarray", "_reconstruct"): "array",
    ("numpy._core.multiarray", "_reconstruct"): "array",
    ("numpy.core.multiarray", "scalar"): "scalar",
    ("numpy._core.multiarray", "scalar"): "scalar",
    ("numpy.core.numeric", "_frombuffer"): "buffer",
    ("numpy._core.numeric", "_frombuffer"): "buffer",
    ("numpy", "ndarray"): "ndarray",
    ("numpy", "dtype"): "dtype",
    ("_codecs", "encode"): "encode",
    ("builtins", "bytes"): "bytes",
    ("__builtin__", "bytes"): "bytes",
}


def loads(data: bytes, where: str) -> Any:
    """What the pickle holds: dicts, lists, tuples, text, bytes, numbers, None and NumPy arrays.

    Raises BadData, with `where` in front, where it names anything else, is cut or is no pickle; nothing is called.
    """
    try:
        return _Machine(data).run()
    except _Bad as error:
        raise BadData(f"{where}: {error}") from None
    except (
        IndexError,
        KeyError,
        TypeError,
        ValueError,
        OverflowError,
        UnicodeDecodeError,
        struct.error,
        RecursionError,
    ):
        raise BadData(f"{where}: damaged: not a whole pickle") from None


class _Bad(Exception):
    """What is wrong, in words."""


class _Name:
    """An allowed name; a token that only REDUCE looks at."""

    __slots__ = ("kind", "text")

    def __init__(self, kind: str, text: str):
        self.kind, self.text = kind, text


class _Type:
    """A NumPy type being made: BUILD gives it its byte order."""

    __slots__ = ("code", "order")

    def __init__(self, code: str):
        self.code, self.order = code, "|"

    def build(self, state: Any) -> None:
        if type(state) is not tuple or len(state) < 5 or state[1] not in ("<", ">", "|", "="):
            raise _Bad("damaged: a NumPy type with another state than NumPy writes")
        if any(s is not None for s in state[2:5]):
            raise _Bad("a NumPy type with fields is refused (allowed: numbers and text)")
        self.order = state[1]

    def dtype(self) -> np.dtype | None:
        """The type, or None for objects."""
        return None if self.code == "O" else np.dtype((self.order if self.order != "|" else "") + self.code)


class _Array:
    """A NumPy array being made: BUILD gives it its shape, type and bytes."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: Any = self

    def build(self, state: Any) -> None:
        if type(state) is not tuple or len(state) not in (4, 5):
            raise _Bad("damaged: a NumPy array with another state than NumPy writes")
        shape, kind, fortran, data = state[-4:]
        if type(kind) is not _Type or self.value is not self:
            raise _Bad("damaged: a NumPy array with another state than NumPy writes")
        self.value = _array(shape, kind.dtype(), bool(fortran), data)


def _array(shape: Any, dtype: np.dtype | None, fortran: bool, data: Any) -> Any:
    """The array of these bytes, or objects where dtype is None; counts are compared before anything is made."""
    if type(shape) is not tuple or len(shape) > 32 or any(type(n) is not int or not 0 <= n < 1 << 40 for n in shape):
        raise _Bad(f"damaged: {quoted(shape)} is no shape of an array")
    size = math.prod(shape)
    if dtype is None:
        if type(data) is not list or len(data) != size:
            raise _Bad(f"damaged: an array of {extents(shape)} objects without as many objects")
        if not shape:
            return data[0]
        if len(shape) > 1:
            raise _Bad(f"an array of {extents(shape)} objects is refused (allowed: numbers; objects in one row)")
        return data
    if type(data) is str:  # Python 2 wrote bytes as text
        data = data.encode("latin-1")
    if type(data) is not bytes or len(data) != size * dtype.itemsize:
        held = len(data) if type(data) is bytes else 0
        raise _Bad(f"damaged: an array of {extents(shape)} needs {size * dtype.itemsize} bytes, the pickle has {held}")
    if not size or not dtype.itemsize:
        if len(shape) and max(shape) > 1 << 24:
            raise _Bad(f"damaged: an array of {extents(shape)} without bytes")
        return np.zeros(shape, dtype)
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran else "C")


class _Machine:
    """Runs the instructions of one pickle."""

    def __init__(self, data: bytes):
        self.data, self.at = data, 0
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    # Reading arguments

    def take(self, n: int) -> bytes:
        if n < 0 or n > len(self.data) - self.at:
            raise _Bad("cut: the pickle ends too early")
        self.at += n
        return self.data[self.at - n : self.at]

    def line(self) -> bytes:
        end = self.data.find(b"\n", self.at)
        if end < 0:
            raise _Bad("cut: the pickle ends too early")
        text, self.at = self.data[self.at : end], end + 1
        return text

    def size(self, form: str) -> int:
        return struct.unpack("<" + form, self.take(struct.calcsize(form)))[0]

    # The stack

    def pop(self) -> Any:
        value = self.stack.pop()
        if value is MARK:
            raise ValueError
        return _finished(value)

    def since_mark(self) -> list[Any]:
        for i in range(len(self.stack) - 1, -1, -1):
            if self.stack[i] is MARK:
                values = [_finished(v) for v in self.stack[i + 1 :]]
                del self.stack[i:]
                return values
        raise ValueError

    def top(self, kind: type) -> Any:
        value = self.stack[-1]
        if type(value) is not kind:
            raise ValueError
        return value

    # The instructions

    def run(self) -> Any:
        push, data = self.stack.append, self.data
        if not data:
            raise _Bad("empty: no pickle")
        while True:
            if self.at >= len(data):
                raise _Bad("cut: the pickle ends too early")
            code = data[self.at : self.at + 1]
            self.at += 1
            if code == b"K":
                push(self.take(1)[0])
            elif code == b"M":
                push(self.size("H"))
            elif code == b"J":
                push(self.size("i"))
            elif code == b"\x94":
                self.memo[len(self.memo)] = self.stack[-1]
            elif code == b"q":
                self.memo[self.take(1)[0]] = self.stack[-1]
            elif code == b"r":
                self.memo[self.size("I")] = self.stack[-1]
            elif code == b"p":
                self.memo[int(self.line())] = self.stack[-1]
            elif code == b"h":
                push(self.memo[self.take(1)[0]])
            elif code == b"j":
                push(self.memo[self.size("I")])
            elif code == b"g":
                push(self.memo[int(self.line())])
            elif code in SIZED:
                form, decode = SIZED[code]
                push(decode(self.take(self.size(form))))
            elif code in SIMPLE:
                push(SIMPLE[code])
            elif code == b"}":
                push({})
            elif code == b"]":
                push([])
            elif code == b"(":
                push(MARK)
            elif code == b".":
                return self.finish()
            elif code == b"\x80":
                if self.take(1)[0] > 5:
                    raise _Bad("a pickle of a protocol beyond 5")
            elif code == b"\x95":
                self.take(8)
            elif code in (b"a", b"e"):
                values = [self.pop()] if code == b"a" else self.since_mark()
                self.top(list).extend(values)
            elif code in (b"s", b"u"):
                values = [self.pop(), self.pop()][::-1] if code == b"s" else self.since_mark()
                if len(values) % 2:
                    raise ValueError
                self.top(dict).update(zip(values[::2], values[1::2]))
            elif code == b"d":
                values = self.since_mark()
                if len(values) % 2:
                    raise ValueError
                push(dict(zip(values[::2], values[1::2])))
            elif code == b"l":
                push(self.since_mark())
            elif code == b"t":
                push(tuple(self.since_mark()))
            elif code in b"\x85\x86\x87":
                n = code[0] - 0x84
                push(tuple([self.pop() for _ in range(n)][::-1]))
            elif code == b"0":
                self.stack.pop()
            elif code == b"1":
                self.since_mark()
            elif code == b"2":
                push(self.stack[-1])
            elif code in (b"c", b"\x93"):
                push(self.name(code))
            elif code == b"R":
                self.reduce()
            elif code == b"b":
                self.build()
            elif code == b"G":
                push(struct.unpack(">d", self.take(8))[0])
            else:
                push(self.rare(code))

    def rare(self, code: bytes) -> Any:
        """The value of an instruction of the oldest protocols; raises for all others, by name."""
        if code == b"I":
            text = self.line()
            return text == b"01" if text in (b"00", b"01") else int(text)
        if code == b"L":
            return int(self.line().rstrip(b"L"))
        if code == b"F":
            return float(self.line())
        if code == b"V":
            return self.line().decode("raw-unicode-escape")
        if code == b"S":
            return _unquoted(self.line())
        if code == b"i":
            module, name = self.line(), self.line()
            raise _Bad(_refused(module.decode("latin-1"), name.decode("latin-1")))
        if code in REFUSED:
            raise _Bad(
                f"the pickle holds {REFUSED[code]}, which is refused; nothing was called "
                "(allowed: NumPy arrays and scalars, dict, list, tuple, text, numbers)"
            )
        raise _Bad("not a pickle" if self.at == 1 else "damaged: not a whole pickle")

    def name(self, code: bytes) -> _Name:
        if code == b"c":
            module, name = self.line().decode("utf-8"), self.line().decode("utf-8")
        else:
            name, module = self.pop(), self.pop()
            if type(module) is not str or type(name) is not str:
                raise ValueError
        kind = NAMES.get((module, name))
        if kind is None:
            raise _Bad(_refused(module, name))
        return _Name(kind, f"{module}.{name}")

    def reduce(self) -> None:
        """Makes what an allowed name and its arguments stand for: arrays, types, scalars, bytes."""
        arguments, name = self.pop(), self.stack.pop()
        if type(name) is not _Name or type(arguments) is not tuple:
            raise _Bad("the pickle calls something that is no name, which is refused; nothing was called")
        make = getattr(self, "make_" + name.kind, None)
        if make is None:
            raise _Bad(f"the pickle calls {name.text}, which is refused; nothing was called")
        try:
            self.stack.append(make(*arguments))
        except TypeError:
            raise _Bad(f"damaged: {name.text} with other arguments than NumPy writes") from None

    def make_array(self, kind: Any, shape: Any, _: Any) -> _Array:
        if type(kind) is not _Name or kind.kind != "ndarray":
            raise _Bad("a NumPy array of another class than ndarray is refused")
        return _Array()

    def make_dtype(self, text: Any, align: Any = False, copy: Any = True) -> _Type:
        if type(text) is not str:
            raise TypeError
        if text in ("O", "O8", "O4", "|O"):
            return _Type("O")
        found = ARRAY_TYPE.fullmatch(text)
        if not found:
            raise _Bad(f"the NumPy type {quoted(text)} is refused (allowed: numbers and text)")
        np.dtype(found[1] + found[2])  # i3 and the like: a TypeError
        return _Type(found[1] + found[2])

    def make_scalar(self, kind: Any, data: Any) -> Any:
        dtype = kind.dtype() if type(kind) is _Type else None
        if dtype is None:
            raise TypeError
        return _array((), dtype, False, data)[()]

    def make_buffer(self, data: Any, kind: Any, shape: Any, order: Any) -> Any:
        dtype = kind.dtype() if type(kind) is _Type else None
        if dtype is None or order not in ("C", "F"):
            raise TypeError
        return _array(shape, dtype, order == "F", data)

    def make_encode(self, text: Any, encoding: Any) -> bytes:
        if type(text) is not str or encoding not in ("latin1", "latin-1"):
            raise TypeError
        return text.encode("latin-1")

    def make_bytes(self) -> bytes:
        return b""

    def build(self) -> None:
        state, target = self.pop(), self.stack[-1]
        if type(target) not in (_Array, _Type):
            raise _Bad(
                f"the pickle sets the state of a {type(target).__name__.strip('_').lower()}, which is "
                "refused; nothing was called"
            )
        target.build(state)

    def finish(self) -> Any:
        value = self.pop()
        if self.stack or type(value) in (_Name, _Type, _Array):
            raise _Bad("damaged: not a whole pickle")
        return value


def _finished(value: Any) -> Any:
    """An array that has its bytes in place of the one being made."""
    return value.value if type(value) is _Array else value


def _refused(module: str, name: str) -> str:
    return (
        f"the pickle names {quoted(f'{module}.{name}')}, which is refused; nothing was called "
        "(allowed: NumPy arrays and scalars, dict, list, tuple, text, numbers)"
    )


def _unquoted(text: bytes) -> str:
    """The text of Python 2's STRING instruction, between quotes and with escapes; bytes above 127 as Latin-1."""
    if len(text) < 2 or text[:1] not in b"'\"" or text[-1:] != text[:1]:
        raise ValueError
    return codecs.escape_decode(text[1:-1])[0].decode("latin-1")


def _long(data: bytes) -> int:
    return int.from_bytes(data, "little", signed=True)


def _latin(data: bytes) -> str:
    return data.decode("latin-1")


def _utf8(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


# Instructions whose argument is a length and so many bytes.
SIZED: dict[bytes, tuple[str, Callable[[bytes], Any]]] = {
    b"X": ("I", _utf8),
    b"\x8c": ("B", _utf8),
    b"\x8d": ("Q", _utf8),
    b"B": ("I", bytes),
    b"C": ("B", bytes),
    b"\x8e": ("Q", bytes),
    b"\x96": ("Q", bytes),
    b"T": ("i", _latin),
    b"U": ("B", _latin),
    b"\x8a": ("B", _long),
    b"\x8b": ("i", _long),
}
SIMPLE = {b"N": None, b"\x88": True, b"\x89": False, b")": ()}
REFUSED = {
    b"o": "an object (OBJ)",
    b"\x81": "an object (NEWOBJ)",
    b"\x92": "an object (NEWOBJ_EX)",
    b"\x82": "an extension code (EXT1)",
    b"\x83": "an extension code (EXT2)",
    b"\x84": "an extension code (EXT4)",
    b"P": "a persistent id (PERSID)",
    b"Q": "a persistent id (BINPERSID)",
    b"\x97": "a buffer outside the file (NEXT_BUFFER)",
    b"\x98": "a buffer outside the file (READONLY_BUFFER)",
    b"\x8f": "a set (EMPTY_SET)",
    b"\x90": "a set (ADDITEMS)",
    b"\x91": "a set (FROZENSET)",
}
