"""The restricted unpickler: what it reads, and what it says of a damaged stream."""

import contextlib
import pickle
import pickletools
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lppn_np.errors import CheckpointError
from lppn_np.weights_import import unpickle as unpickle_module
from lppn_np.weights_import.inert import Record, TensorRef
from lppn_np.weights_import.opcodes import OPCODES, read_opcodes
from lppn_np.weights_import.unpickle import unpickle

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
