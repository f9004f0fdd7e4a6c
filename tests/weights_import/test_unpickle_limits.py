"""Pickles that reach too far: beyond a storage, the memory, the time or the stack."""

import tracemalloc

import pytest

from lppn_np.errors import CheckpointError
from lppn_np.weights_import import unpickle as unpickle_module
from lppn_np.weights_import.inert import MAX_DEPTH
from lppn_np.weights_import.unpickle import MAX_PICKLE_BYTES, unpickle


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"shape": (5,)}, "reaches beyond its storage of 4 elements"),
        ({"offset": 1}, "reaches beyond"),
        ({"shape": (2, 2), "strides": (3, 1)}, "reaches beyond"),
        ({"shape": (), "strides": (), "offset": 4}, "reaches beyond"),
        ({"offset": -1}, "the offset of a tensor holds -1"),
        ({"strides": (-1,)}, "the strides of a tensor holds -1"),
        ({"shape": (-4,)}, "the shape of a tensor holds -4"),
        ({"shape": (2**40,)}, "the shape of a tensor holds 1099511627776"),
        ({"shape": (2**62, 2**62), "strides": (0, 0)}, "the shape of a tensor holds"),
        ({"shape": (2**20, 2**20), "strides": (0, 0)}, "at most 268,435,456 elements"),
        ({"shape": (0, 2**27, 2**27), "strides": (0, 0, 0)}, "at most 268,435,456 elements"),
        ({"strides": (2**64,)}, "the strides of a tensor holds"),
        ({"offset": 2**64}, "the offset of a tensor holds"),
        ({"shape": (1,) * 9, "strides": (1,) * 9}, "9 dimensions; at most 8"),
        ({"strides": (1, 1)}, r"a tensor of shape \(4,\) with the strides \(1, 1\)"),
    ],
)
def test_tensor_bounds(asm, arguments, text):
    with pytest.raises(CheckpointError, match=text):
        unpickle(asm.pickle(asm.tensor(**arguments)))


def rebuilt(asm, *arguments):
    return asm.call("torch._utils", "_rebuild_tensor_v2", *arguments)


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (rebuilt, "0 arguments; expected 6"),
        (lambda a: rebuilt(a, *[a.NONE] * 7), "7 arguments; expected 6"),
        (lambda a: rebuilt(a, *[a.NONE] * 6), "a tensor in None; expected a storage"),
        (lambda a: rebuilt(a, a.storage(), *[a.NONE] * 5), "offset of a tensor holds None"),
        (lambda a: rebuilt(a, a.storage(), a.TRUE, *[a.NONE] * 4), "type bool; expected an integer"),
        (lambda a: rebuilt(a, a.storage(), a.number(0), a.list(), *[a.NONE] * 3), "expected a tuple"),
        (lambda a: rebuilt(a, a.storage(), a.number(0), a.tuple(a.TRUE), *[a.NONE] * 3), "type bool"),
        (lambda a: a.storage(size=-1), "the size of a storage holds -1"),
        (lambda a: a.storage(size=2**33), "the size of a storage holds 8589934592"),
        (
            lambda a: a.tuple(a.text("storage"), a.name("torch", "IntStorage"), *[a.NONE] * 3) + b"Q",
            "key is None",
        ),
        (lambda a: a.text("storage") + b"Q", "not that of a storage"),
        (lambda a: a.tuple(*[a.NONE] * 5) + b"Q", "not that of a storage"),
        (lambda a: a.tuple(a.text("storage"), *[a.NONE] * 4) + b"Q", "a storage of the type None"),
        (
            lambda a: a.call("torch._utils", "_rebuild_parameter", *[a.NONE] * 3),
            "a parameter that is not made",
        ),
    ],
)
def test_malformed_tensors(asm, build, text):
    with pytest.raises(CheckpointError, match=text):
        unpickle(asm.pickle(build(asm)))


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x02Nr\x00\x00\x00\x80.",  # LONG_BINPUT 2**31: CPython would make room for as many
        b"\x80\x02X\xff\xff\xff\xff.",
        b"\x80\x04\x95\x00\x00\x00\x00\x10\x00\x00\x00N.",
    ],
)
def test_a_number_in_the_file_allocates_nothing(data):
    tracemalloc.start()
    with pytest.raises(CheckpointError):
        unpickle(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000


def test_pickle_over_the_limit():
    with pytest.raises(CheckpointError, match="33,554,433 bytes; at most 33,554,432"):
        unpickle(bytes(MAX_PICKLE_BYTES + 1))


def test_too_many_opcodes(monkeypatch):
    data = b"\x80\x02](" + b"}" * 1000 + b"e."
    assert len(unpickle(data)) == 1000
    monkeypatch.setattr(unpickle_module, "MAX_OPCODES", 1000)
    with pytest.raises(CheckpointError, match="more than 1,000 opcodes"):
        unpickle(data)


def nested(kind, depth):
    """Values nested ``depth`` deep, the innermost an empty one."""
    return {
        "tuple": b")" + b"\x85" * depth,
        "list": b"]" * (depth + 1) + b"a" * depth,
        "dict": b"}" + b"X\x01\x00\x00\x00a}" * depth + b"s" * depth,
        "mark": b"(" * depth + b"t" * depth,
        "record": b"c__torch__\nM\nq\x000" if depth < 0 else b"",
    }[kind]


@pytest.mark.parametrize("kind", ["tuple", "list", "dict", "mark"])
def test_deep_nesting(kind):
    unpickle(b"\x80\x02" + nested(kind, MAX_DEPTH - 5) + b".")
    for depth in (MAX_DEPTH + 5, 100_000):
        with pytest.raises(CheckpointError, match="nested more than 200 deep"):
            unpickle(b"\x80\x02" + nested(kind, depth) + b".")


def test_deeply_nested_records(asm):
    start = asm.name("__torch__", "M") + b"q\x00)\x81"
    data = asm.pickle(start, b"}X\x01\x00\x00\x00ah\x00)\x81" * 50_000, b"sb" * 50_000)
    with pytest.raises(CheckpointError, match="nested more than 200 deep"):
        unpickle(data, torchscript=True)


def test_values_that_contain_themselves(asm):
    inner = unpickle(b"\x80\x02]q\x00h\x00a.")
    assert inner[0] is inner
    inner = unpickle(asm.pickle(b"}q\x00", asm.text("a"), b"h\x00s"))
    assert inner["a"] is inner
    record = asm.name("__torch__", "M") + b")\x81q\x00}" + asm.text("a") + b"h\x00sb"
    inner = unpickle(asm.pickle(record), torchscript=True)
    assert inner.fields["a"] is inner
    assert len(repr(inner)) < 100


def test_cost_does_not_multiply(asm):
    # A large dictionary is the state of many records: copying it for each would take 900 million steps.
    fields = asm.dict(**{str(number): asm.NONE for number in range(30_000)})
    records = b"h\x01)\x81h\x00b" * 30_000
    data = asm.pickle(
        fields, b"q\x00", b"0" * 0, asm.name("__torch__", "M"), b"q\x01", b"](", records, b"e", b"\x87"
    )
    value = unpickle(data, torchscript=True)
    assert len(value[2]) == 30_000
