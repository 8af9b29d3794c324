"""The restricted unpickler: what it reads, and that nothing else is called."""

from __future__ import annotations

import collections
import copyreg
import os
import pickle
import random
import struct

import numpy as np
import pytest

from covey_data import unpickle
from covey_data.errors import BadData

CALLED: list[str] = []


def trap(*words: object, **keys: object) -> list:
    """Would be noticed if a pickle could call it."""
    CALLED.append("called")
    return list(words)


class Reduces:
    def __init__(self, *state):
        self.state = state

    def __reduce_ex__(self, protocol):
        return self.state


class Plain:
    def __init__(self):
        self.x = 1


@pytest.fixture(autouse=True)
def nothing_is_called():
    CALLED.clear()
    yield
    assert not CALLED


GOOD = [
    None,
    True,
    False,
    0,
    1,
    -1,
    255,
    256,
    65536,
    -70000,
    1 << 40,
    -(1 << 100),
    0.5,
    -1e300,
    "",
    "text",
    "ä€😀",
    "a\nb\\u0041'",
    b"",
    b"\x00\xff" * 300,
    [],
    [1, [2, [3]]],
    (),
    (1,),
    (1, 2),
    (1, 2, 3),
    (1, 2, 3, 4),
    {},
    {"a": 1, 2: (3, 4), b"k": []},
    list(range(2000)),
    {str(i): i for i in range(2000)},
    "x" * 70000,
]
ARRAYS = [
    np.arange(12, dtype="u1").reshape(3, 4),
    np.arange(6, dtype=">f4").reshape(2, 3),
    np.zeros((0, 3), "i8"),
    np.array(5.0),
    np.asfortranarray(np.arange(24, dtype="f8").reshape(2, 3, 4)),
    np.array(["a", "bcd"]),
    np.array([b"a", b"xyz"]),
    np.array([True, False]),
    np.arange(10, dtype="u2")[::2],
    np.arange(8, dtype="f2"),
]


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("value", GOOD, ids=lambda v: repr(v)[:20])
def test_plain_values(value, protocol):
    got = unpickle.loads(pickle.dumps(value, protocol), "f")
    assert got == value and type(got) is type(value)


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype.str}{a.shape}")
def test_arrays(array, protocol):
    got = unpickle.loads(pickle.dumps({"x": array, "y": [array, array]}, protocol), "f")
    assert got["x"].dtype == array.dtype and got["x"].shape == array.shape and (got["x"] == array).all()
    assert got["y"][0] is got["y"][1]


@pytest.mark.parametrize("protocol", range(6))
def test_scalars_and_objects(protocol):
    held = {"n": np.int64(7), "f": np.float32(0.5), "s": np.str_("text"), "o": np.array([{"x": np.arange(3)}], object)}
    held["zero"] = np.array({"y": 1}, object)
    got = unpickle.loads(pickle.dumps(held, protocol), "f")
    assert (got["n"], got["f"], got["s"], got["zero"]) == (7, 0.5, "text", {"y": 1})
    assert (got["o"][0]["x"] == np.arange(3)).all()


def test_cycles_are_no_trouble():
    held: list = []
    held.append(held)
    got = unpickle.loads(pickle.dumps(held), "f")
    assert got[0] is got


def test_python_2(tmp_path):
    # protocol 0 and 2 as Python 2 wrote them: STRING, and an array whose bytes are text
    assert unpickle.loads(b"(dp0\nS'a\\xff'\np1\nI3\ns.", "f") == {"a\xff": 3}
    state = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01K\x03\x85cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x03\x01\x02\xfftb."
    assert unpickle.loads(state, "f").tolist() == [1, 2, 255]


REFUSED = {
    "eval": Reduces(eval, ("1+1",)),
    "exec": Reduces(exec, ("import os",)),
    "system": Reduces(os.system, ("true",)),
    "trap": Reduces(trap, (1,)),
    "getattr": Reduces(getattr, (1, "x")),
    "import": Reduces(__import__, ("os",)),
    "print": Reduces(print, ("x",)),
    "list": Reduces(list, ("abc",)),
    "fromfile": Reduces(np.fromfile, ("/etc/passwd",)),
    "load": Reduces(np.load, ("x.npy",)),
    "memmap": Reduces(np.memmap, ("x",)),
    "ones": Reduces(np.ones, (10,)),
    "object": Plain(),
    "nested": {"a": [1, (2, Reduces(eval, ("1",)))]},
    "key": {(1, Reduces(eval, ("1",))): 1},
    "set": {1, 2},
    "frozenset": frozenset({1}),
    "ordered": collections.OrderedDict(a=1),
    "default": collections.defaultdict(list),
    "complex": 1j,
    "range": range(3),
    "slice": slice(1),
    "class": Plain,
    "function": trap,
    "bytearray": bytearray(b"abc"),
    "fields": np.zeros(2, [("a", "i4")]),
    "date": np.array(["2020-01-01"], "M8[D]"),
    "complex array": np.zeros(2, complex),
    "masked": np.ma.array([1, 2]),
    "matrix": np.asmatrix([[1]]),
    "dtype alone": np.dtype("f4"),
    "object in array": np.array([Plain()], object),
    "objects in two rows": np.array([[1, None], [None, 2]], object),
}


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("name", REFUSED)
def test_refused(name, protocol):
    if name == "bytearray" and protocol == 5:
        pytest.skip("bytes, as NumPy writes them")
    with pytest.raises(BadData) as error:
        unpickle.loads(pickle.dumps(REFUSED[name], protocol), "file.pkl")
    assert str(error.value).startswith("file.pkl: ")


def test_the_refusal_has_the_name():
    for value, name in (
        (REFUSED["eval"], "eval"),
        (REFUSED["trap"], "test_unpickle.trap"),
        (REFUSED["object"], "Plain"),
        (REFUSED["ordered"], "OrderedDict"),
    ):
        for protocol in range(6):
            with pytest.raises(BadData) as error:
                unpickle.loads(pickle.dumps(value, protocol), "f")
            assert name in str(error.value) or "copyreg" in str(error.value) or "copy_reg" in str(error.value)
            assert "nothing was called" in str(error.value)


HERE = b"ctest_unpickle\ntrap\n"
HOSTILE = {
    "GLOBAL and REDUCE": HERE + b"(tR.",
    "STACK_GLOBAL": b"\x80\x04\x8c\x0dtest_unpickle\x8c\x04trap\x93)R.",
    "STACK_GLOBAL, dotted": b"\x80\x04\x8c\x05numpy\x8c\x10ndarray.__init__\x93)R.",
    "STACK_GLOBAL of numbers": b"\x80\x04K\x01K\x02\x93.",
    "INST": b"(itest_unpickle\ntrap\n.",
    "OBJ": b"(" + HERE + b"o.",
    "OBJ of an allowed name": b"(cnumpy\nndarray\nK\x01o.",
    "NEWOBJ": HERE + b")\x81.",
    "NEWOBJ of an allowed name": b"cnumpy\nndarray\n)\x81.",
    "NEWOBJ_EX": HERE + b")}\x92.",
    "NEWOBJ_EX of an allowed name": b"cnumpy\nndarray\n)}\x92.",
    "REDUCE of an allowed class": b"cnumpy\nndarray\n(K\x01tR.",
    "REDUCE of text": b"Veval\n(tR.",
    "REDUCE of a dict": b"}(tR.",
    "REDUCE with a list": b"cnumpy\ndtype\n]R.",
    "BUILD of a dict": b"}}b.",
    "BUILD of a name": b"cnumpy\nndarray\n}b.",
    "BUILD of a function": b"ccodecs\nencode\n}b.",
    "BUILD of encode": b"c_codecs\nencode\n}V__code__\nNsb.",
    "BUILD of an array with a dict": b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tC\x01btR}b.",
    "BUILD of a type with a dict": b"cnumpy\ndtype\n(Vf4\ntR}b.",
    "array of another class": b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\ndtype\n(K\x00tC\x01btR.",
    "array twice": pickle.dumps(np.zeros(2), 2)[:-1] + b"}b.",
    "encode of another codec": b"c_codecs\nencode\n(Vabc\nVzlib_codec\ntR.",
    "encode of one": b"c_codecs\nencode\n(Vabc\ntR.",
    "bytes of a number": b"cbuiltins\nbytes\n(J\xff\xff\xff\x7ftR.",
    "EXT1": b"\x80\x02\x82\x01.",
    "EXT2": b"\x80\x02\x83\x01\x00.",
    "EXT4": b"\x80\x02\x84\x01\x00\x00\x00.",
    "PERSID": b"Pxyz\n.",
    "BINPERSID": b"K\x01Q.",
    "NEXT_BUFFER": b"\x80\x05\x97.",
    "READONLY_BUFFER": b"\x80\x05C\x01a\x98.",
    "protocol 6": b"\x80\x06N.",
    "a name alone": b"cnumpy\nndarray\n.",
    "no STOP": b"N",
    "empty": b"",
    "text": b"hello world",
    "POP of nothing": b"0.",
    "two values": b"NN.",
    "MARK alone": b"(.",
    "GET of nothing": b"h\x05.",
    "long text": b"X\xff\xff\xff\xff.",
    "longer text": b"\x8d\xff\xff\xff\xff\xff\xff\xff\xff.",
    "long number": b"\x8b\xff\xff\xff\x7f.",
    "number of negative length": b"\x8b\xff\xff\xff\xff.",
    "bad UTF-8": b"X\x01\x00\x00\x00\xff.",
    "bad STRING": b"Sabc\n.",
    "bad INT": b"Iabc\n.",
    "a list as a key": b"}]K\x01s.",
    "odd SETITEMS": b"}(K\x01u.",
    "APPEND to a dict": b"}K\x01a.",
    "SETITEM of a list": b"]K\x01K\x02s.",
    "memo of a million lists": b"]" + b"q\x00(" + b"h\x00" * 1000 + b"e" + b"Q.",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile(name):
    copyreg._extension_registry.clear()
    copyreg._inverted_registry.clear()
    copyreg.add_extension("test_unpickle", "trap", 1)
    try:
        with pytest.raises(BadData):
            unpickle.loads(HOSTILE[name], "f")
    finally:
        copyreg.remove_extension("test_unpickle", "trap", 1)


def array_pickle(shape: tuple, kind: str, data: bytes, *, state: tuple | None = None) -> bytes:
    """An array's pickle with any shape, type and bytes."""

    def of(value: object) -> bytes:
        return pickle.dumps(value, 2)[2:-1]

    dtype = (
        b"cnumpy\ndtype\n" + of((kind, False, True)) + b"R" + of(state or (3, "<", None, None, None, -1, -1, 0)) + b"b"
    )
    return (
        b"\x80\x03cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n"
        + of((0,))
        + b"C\x01btR(K\x01"
        + of(shape)
        + dtype
        + b"\x89B"
        + struct.pack("<I", len(data))
        + data
        + b"tb."
    )


def test_array_pickle_is_sound():
    assert unpickle.loads(array_pickle((2, 2), "i2", bytes(8)), "f").tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize(
    "shape,kind,data",
    [
        ((1 << 40,), "f8", b"x"),
        ((1 << 62, 1 << 62), "f8", b""),
        ((1 << 32, 1 << 32), "u1", b""),
        ((-1,), "u1", b"x"),
        ((-2, -2), "u1", b"abcd"),
        ((2,), "f8", bytes(15)),
        ((2,), "f8", bytes(17)),
        ((2.0,), "u1", b"ab"),
        (("2",), "u1", b"ab"),
        ((True,), "u1", b"a"),
        ((0, 1 << 39), "u1", b""),
        ((1,) * 40, "u1", b"a"),
        ((3,), "u3", bytes(9)),
        ((1,), "f999999", b""),
        ((1,), "V8", bytes(8)),
        ((1,), "O8", b"a"),
        ((1,), "i4,i4", bytes(8)),
        ((1,), "U999999", b""),
        ((1,), "m8", bytes(8)),
        ((1,), "c8", bytes(8)),
        ((1,), "__import__('os')", b""),
        ([1], "u1", b"a"),
    ],
)
def test_arrays_that_claim_something_else(shape, kind, data):
    with pytest.raises(BadData):
        unpickle.loads(array_pickle(shape, kind, data), "f")


@pytest.mark.parametrize(
    "state",
    [
        (3, "<", ("f4", (2,)), None, None, -1, -1, 0),
        (3, "<", None, ("a",), {"a": 1}, -1, -1, 0),
        (3, "x", None, None, None, -1, -1, 0),
        (),
        (3,),
        (3, ["<"], None, None, None),
    ],
)
def test_types_of_another_state(state):
    with pytest.raises(BadData):
        unpickle.loads(array_pickle((1,), "f4", bytes(4), state=state or (0,)), "f")


def test_every_cut_and_many_changes_are_refused_or_harmless():
    """Bytes taken away or changed at random: a value or BadData, nothing else, and nothing called."""
    held = {"x": np.arange(20, dtype="f4"), "y": [1, 2, 3], "t": ("a", b"b", 1.5)}
    draw = random.Random(1)
    for protocol in range(6):
        whole = pickle.dumps(held, protocol)
        for n in range(len(whole)):
            with pytest.raises(BadData):
                unpickle.loads(whole[:n], "f")
        for _ in range(3000):
            data = bytearray(whole)
            for _ in range(draw.randint(1, 4)):
                data[draw.randrange(len(data))] = draw.randrange(256)
            try:
                unpickle.loads(bytes(data), "f")
            except BadData:
                pass


def test_random_programs():
    """Instructions in any order: a value or BadData."""
    draw = random.Random(2)
    pieces = [bytes([b]) for b in range(256)] + [
        b"K\x01",
        b"cnumpy\nndarray\n",
        b"cnumpy\ndtype\n",
        b"c_codecs\nencode\n",
        b"Vf4\n",
        b"\x85",
        b"}",
        b"]",
        b"(",
        b"R",
        b"b",
        b"N",
        b"cnumpy.core.multiarray\n_reconstruct\n",
        b"cnumpy.core.multiarray\nscalar\n",
    ] * 8
    for _ in range(20000):
        data = b"".join(draw.choices(pieces, k=draw.randint(1, 25))) + b"."
        try:
            unpickle.loads(data, "f")
        except BadData:
            pass
