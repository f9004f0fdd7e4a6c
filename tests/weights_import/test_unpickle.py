"""The restricted unpickler: what it reads, what it refuses, and that it never runs anything."""

import builtins
import contextlib
import os
import pickle
import pickletools
import subprocess
import sys
import tracemalloc
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lppn_np.errors import CheckpointError
from lppn_np.weights_import import unpickle as unpickle_module
from lppn_np.weights_import.inert import MAX_DEPTH, Record, TensorRef
from lppn_np.weights_import.opcodes import OPCODES, read_opcodes
from lppn_np.weights_import.unpickle import MAX_PICKLE_BYTES, unpickle

PAPER = [f"{stride}-{features}.wave" for stride in (8, 16, 32, 64) for features in (4, 8, 16)]
SUCCESSORS = ["china.lppnt.pt", "china.lppnm.pt", "china.lppnl.pt", "lppnm.jit"]
FILES = [("paper", name) for name in PAPER] + [("successors", name) for name in SUCCESSORS]

plain_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**200), 2**200) | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner)
        | st.tuples(inner, inner)
        | st.lists(inner, min_size=4).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner)
    ),
    max_leaves=20,
)


def as_genops(data):
    joined = (
        (at, name, " ".join(arg) if isinstance(arg, tuple) else arg) for at, name, arg in read_opcodes(data)
    )
    return list(joined)


# --- what it reads ------------------------------------------------------------------------------------


@pytest.mark.parametrize("parts", FILES)
def test_opcodes_of_real_files_equal_pickletools(shared_data, parts):
    with zipfile.ZipFile(shared_data("checkpoints", *parts)) as archive:
        data = archive.read(next(name for name in archive.namelist() if name.endswith("/data.pkl")))
    assert as_genops(data) == [(at, op.name, argument) for op, argument, at in pickletools.genops(data)]


@given(value=plain_values, protocol=st.integers(2, 5))
def test_plain_values_of_python_pickles(value, protocol):
    data = pickle.dumps(value, protocol)
    assert as_genops(data) == [(at, op.name, argument) for op, argument, at in pickletools.genops(data)]
    assert unpickle(data) == value


def test_every_opcode_has_an_action():
    assert set(unpickle_module._ACTIONS) == OPCODES


def test_state_dict(asm):
    weight = asm.tensor(asm.storage("FloatStorage", "17", 12), 2, (2, 3), (1, 2))
    metadata = asm.ordered_dict({"_metadata": asm.dict(version=asm.number(1))})
    value = unpickle(asm.pickle(asm.ordered_dict({"a.weight": weight}), metadata, b"b"))
    assert value == {"a.weight": TensorRef("float32", "17", 12, 2, (2, 3), (1, 2))}


def test_parameter(asm):
    parameter = asm.call("torch._utils", "_rebuild_parameter", asm.tensor(), asm.TRUE, asm.ordered_dict({}))
    assert unpickle(asm.pickle(parameter)) == TensorRef("float32", "0", 4, 0, (4,), (1,))


def test_protocol_4_names(asm):
    # SHORT_BINUNICODE, STACK_GLOBAL, MEMOIZE, FRAME
    body = b"\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94."
    data = b"\x80\x04\x95" + len(body).to_bytes(8, "little") + body
    assert unpickle(data) == {}


def test_torchscript_records(asm):
    integers = asm.call("torch.jit._pickle", "build_intlist", asm.list(asm.number(2)))
    inner = asm.record("torch.nn.Conv", weight=asm.tensor(), padding=integers, bias=asm.NONE)
    value = unpickle(asm.pickle(asm.record("Picker", conv=inner, training=asm.FALSE)), torchscript=True)
    assert isinstance(value, Record)
    assert value.class_name == "__torch__.Picker"
    assert value.fields["conv"].class_name == "__torch__.torch.nn.Conv"
    assert value.fields["conv"].fields["padding"] == [2]
    assert value.fields["training"] is False


# --- what would run code ------------------------------------------------------------------------------


class Call:
    """Pickles as a call."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


@pytest.fixture
def trap(tmp_path, monkeypatch):
    """Module ``lppn_trap`` can be imported and creates a file when it is; nothing may be imported."""
    sentinel = tmp_path / "was_run"
    (tmp_path / "lppn_trap.py").write_text(f"open({str(sentinel)!r}, 'w').close()\ndef spring(*args): ...\n")
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield sentinel
    assert not sentinel.exists()
    assert set(sys.modules) == before


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("torchscript", [False, True])
@pytest.mark.parametrize("function", [os.system, builtins.eval, builtins.exec, subprocess.check_output])
def test_calls_are_refused(trap, function, torchscript, protocol):
    data = pickle.dumps({"a": Call(function, f"open({str(trap)!r}, 'w')")}, protocol)
    with pytest.raises(CheckpointError, match="neither imported nor run") as caught:
        unpickle(data, torchscript=torchscript)
    assert function.__name__ in str(caught.value)
    assert "model.state_dict()" in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        b"clppn_trap\nspring\n.",
        b"clppn_trap\nspring\n)R.",
        b"clppn_trap\nspring\n)\x81.",
        b"clppn_trap\nspring\n)R}b.",
        b"\x8c\x09lppn_trap\x8c\x06spring\x93)R.",
        b"(ilppn_trap\nspring\n.",
        b"(clppn_trap\nspring\no.",
        b"clppn_trap\nspring\n)}\x92.",
        b"\x82\x01.",
        b"\x83\x01\x00.",
        b"\x84\x01\x00\x00\x00.",
        b"Plppn_trap\n.",
        b"cimportlib\nimport_module\n\x8c\x09lppn_trap\x85R.",
        b"c__builtin__\n__import__\n\x8c\x09lppn_trap\x85R.",
        b"ctorch.serialization\nload\n\x8c\x01x\x85R.",
        b"ctorch\n_utils._rebuild_tensor_v2\n)R.",
        b"ccollections\nOrderedDict.fromkeys\n)R.",
        b"ccollections OrderedDict\n\n)R.",
        b"c\ncollections OrderedDict\n)R.",
        b"ccollections.\nOrderedDict\n)R.",
        b"c\\x63ollections\nOrderedDict\n)R.",
        b"\x8c\x05torch\x8c\x19_utils._rebuild_tensor_v2\x93)R.",
        b"c__torch__x\nM\n)\x81.",
    ],
)
@pytest.mark.parametrize("torchscript", [False, True])
def test_nothing_is_imported(trap, body, torchscript):
    with pytest.raises(CheckpointError):
        unpickle(b"\x80\x04" + body, torchscript=torchscript)
    assert "lppn_trap" not in sys.modules


@pytest.mark.parametrize(
    "opcode", [op for op in pickletools.opcodes if op.name not in OPCODES], ids=lambda o: o.name
)
def test_other_opcodes_are_refused_before_their_argument_is_read(opcode):
    with pytest.raises(CheckpointError, match=rf"opcode {opcode.name} at byte 3 .*nothing was run"):
        unpickle(b"\x80\x02N" + opcode.code.encode("latin-1") + b"\xff" * 9)


def test_bytes_that_are_no_opcode():
    with pytest.raises(CheckpointError, match="opcode 0xff at byte 2 "):
        unpickle(b"\x80\x02\xff.")


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (
            lambda asm: [asm.tensor(), asm.tuple(asm.NONE, asm.dict(dtype=asm.NONE)), b"b"],
            "state of a tensor",
        ),
        (lambda asm: [asm.tensor(), asm.dict(dtype=asm.text("x")), b"b"], "a state for a tensor"),
        (lambda asm: [asm.storage(), asm.dict(key=asm.text("x")), b"b"], "a state for a storage"),
        (lambda asm: [asm.name("collections", "OrderedDict"), asm.EMPTY_DICT, b"b"], "a state for the name"),
        (lambda asm: [asm.list(), asm.EMPTY_DICT, b"b"], "a state for a value of type list"),
        (lambda asm: [asm.EMPTY_DICT, asm.NONE, b"b"], "None as the state of a dictionary"),
        (
            lambda asm: [asm.record("M"), asm.tuple(asm.NONE, asm.EMPTY_DICT), b"b"],
            "as the state of an object",
        ),
        (lambda asm: [asm.name("collections", "OrderedDict"), asm.EMPTY_TUPLE, b"\x81"], "was not made"),
        (lambda asm: [asm.name("torch", "FloatStorage"), asm.EMPTY_TUPLE, b"\x81"], "was not made"),
        (lambda asm: [asm.name("__torch__", "M"), asm.tuple(asm.NONE), b"\x81"], "was not made"),
        (lambda asm: [asm.text("__torch__.M"), asm.EMPTY_TUPLE, b"\x81"], "was not made"),
        (lambda asm: [asm.call("torch", "FloatStorage", asm.number(4))], "a call of .*not run"),
        (lambda asm: [asm.call("__torch__", "M")], "a call of .*not run"),
        (lambda asm: [asm.text("os.system"), asm.EMPTY_TUPLE, b"R"], "a call of .*not run"),
        (lambda asm: [asm.name("collections", "OrderedDict"), asm.list(), b"R"], "a call of .*not run"),
        (lambda asm: [asm.call("collections", "OrderedDict", asm.list())], "expected an empty one"),
        (lambda asm: [asm.call("torch.jit._pickle", "build_intlist", asm.NONE)], "not made of one list"),
        (lambda asm: [asm.call("torch.jit._pickle", "build_intlist")], "not made of one list"),
        (lambda asm: [asm.NONE, asm.text("x"), b"\x93"], "None and a value of type str as the name"),
        (lambda asm: [asm.name("__torch__", "x" * 1000)], "1,009 characters"),
    ],
)
def test_markers_stay_inert(asm, build, text):
    with pytest.raises(CheckpointError, match=text):
        unpickle(asm.pickle(*build(asm)), torchscript=True)


def test_torchscript_names_are_refused_in_a_state_dict(asm):
    for part in (asm.name("__torch__", "M"), asm.name("torch.jit._pickle", "build_intlist")):
        with pytest.raises(CheckpointError, match="neither imported nor run"):
            unpickle(asm.pickle(part))


# --- tensors that reach too far -----------------------------------------------------------------------


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


# --- malformed streams --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "does not start like a pickle"),
        (b"N.", "does not start like a pickle"),
        (b"\x80", "cut short"),
        (b"\x80\x01N.", "protocol 1 at byte 0; expected 2 to 5"),
        (b"\x80\x06N.", "protocol 6 at byte 0; expected 2 to 5"),
        (b"\x80\x02N\x80\x02.", "protocol 2 at byte 3; expected 2 to 5 at byte 0"),
        (b"\x80\x02N", "without a STOP"),
        (b"\x80\x02.", "ends with 0 values"),
        (b"\x80\x02NN.", "ends with 2 values"),
        (b"\x80\x02N(.", "ends with 1 values"),
        (b"\x80\x02N.N", "1 bytes follow the end"),
        (b"\x80\x02\x85.", "empty stack"),
        (b"\x80\x02N(\x85.", "empty stack"),
        (b"\x80\x02R.", "empty stack"),
        (b"\x80\x02Q.", "empty stack"),
        (b"\x80\x02q\x00.", "empty stack"),
        (b"\x80\x02t.", "wants a mark"),
        (b"\x80\x02h\x07.", "memo entry 7 was never stored"),
        (b"\x80\x02j\x00\x00\x00\x80.", "memo entry 2,147,483,648 was never stored"),
        (b"\x80\x02}]Ns.", "type list as a key"),
        (b"\x80\x02})Ns.", "type tuple as a key"),
        (b"\x80\x02}}Ns.", "a dictionary as a key"),
        (b"\x80\x02}(Nu.", "1 keys and values"),
        (b"\x80\x02NNNs.", "2 keys and values for None"),
        (b"\x80\x02NNa.", "items for None; expected a list"),
        (b"\x80\x02X\x05\x00\x00\x00abc.", "cut short in the 5 bytes of BINUNICODE"),
        (b"\x80\x02X\xff\xff\xff\xffabc.", "cut short in the 4,294,967,295 bytes"),
        (b"\x80\x02X\x02\x00\x00\x00\xed\xa0.", "not UTF-8"),
        (b"\x80\x02cos\xff\nsystem\n.", "not UTF-8"),
        (b"\x80\x02cos", "cut short in the name"),
        (b"\x80\x02cos\nsystem", "cut short in the name"),
        (b"\x80\x02\x8a\xff\x01.", "cut short in the 255 bytes of LONG1"),
        (b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xffN.", "a frame of 18,446,744,073,709,551,615 bytes"),
    ],
)
def test_malformed_streams(data, text):
    with pytest.raises(CheckpointError, match=text):
        unpickle(data)


def test_truncated_anywhere(asm):
    data = asm.pickle(asm.ordered_dict({"a": asm.tensor(), "b": asm.number(2**80)}))
    assert unpickle(data)
    for length in range(len(data)):
        with pytest.raises(CheckpointError):
            unpickle(data[:length])


@given(edits=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=4))
def test_wrong_bytes(asm, edits):
    record = asm.record("M", conv=asm.record("Conv", weight=asm.tensor(shape=(2, 2), strides=(2, 1))))
    for source in (asm.pickle(record), pickle.dumps([{"a": (1, "b", 2.5)}, [None, True]], 4)):
        data = bytearray(source)
        for position, value in edits:
            data[position % len(data)] = value
        with contextlib.suppress(CheckpointError):
            unpickle(bytes(data), torchscript=True)


# --- what would use up memory, time or the stack ------------------------------------------------------


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
    data = asm.pickle(start, b"}X\x01\x00\x00\x00ah\x00)\x81" * 100_000, b"sb" * 100_000)
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
