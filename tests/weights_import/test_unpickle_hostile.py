"""Pickles that want to run code: nothing is imported, called or changed."""

import builtins
import os
import pickle
import pickletools
import subprocess
import sys

import pytest

from lppn_np.errors import CheckpointError
from lppn_np.weights_import.opcodes import OPCODES
from lppn_np.weights_import.unpickle import unpickle


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
