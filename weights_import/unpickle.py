"""The restricted unpickler: a stack machine that can build a checkpoint's values and do nothing else.

Not a subclass of :class:`pickle.Unpickler`: that one imports what a subclass lets through, sets attributes
on it (BUILD) and sizes its memo by a number in the file (LONG_BINPUT). Here a name that the pickle wants
imported is looked up in a table and becomes an inert marker, and a "call" of a marker is a function of
:mod:`lppn_np.weights_import.rebuild` that checks its arguments and writes down what they say.

What one opcode costs does not grow with what earlier ones made: half a million cheap steps are the most
that a file can ask for, and no list is looked through again each time that the file mentions it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lppn_np.archive_guard import shorten
from lppn_np.errors import CheckpointError
from lppn_np.weights_import.inert import Global, Record, check_depth, describe
from lppn_np.weights_import.opcodes import read_opcodes
from lppn_np.weights_import.rebuild import CALLS, SCRIPT_CALLS, STORAGE_DTYPES, storage_from_id

MAX_PICKLE_BYTES = 32 * 2**20
MAX_OPCODES = 500_000  # a tensor takes about 35, and half a million some seconds and 200 MB at worst
MAX_NAME = 1000


def unpickle(data: bytes, *, torchscript: bool = False) -> object:
    """Read a checkpoint's pickle; nothing that it names is imported or called.

    Parameters
    ----------
    data : bytes
        The pickle.
    torchscript : bool, optional
        Take the classes and lists of a TorchScript archive, too.

    Returns
    -------
    object
        Plain values, and the descriptions of :mod:`lppn_np.weights_import.inert`. It may contain itself.

    Raises
    ------
    CheckpointError
        If it is damaged, or asks for anything else than weights; the message does not name the file.
    """
    if len(data) > MAX_PICKLE_BYTES:
        raise CheckpointError(f"a pickle of {len(data):,} bytes; at most {MAX_PICKLE_BYTES:,} are read")
    value = _Machine(torchscript).run(data)
    check_depth(value)
    return value


class _Machine:
    """The stack, the marks and the memo of one pickle, and what the opcodes do to them."""

    def __init__(self, torchscript: bool) -> None:
        self.torchscript = torchscript
        self.calls = CALLS | SCRIPT_CALLS if torchscript else CALLS
        known = [*self.calls, *STORAGE_DTYPES]
        # Pairs, not joined texts: then no other split of a listed name gets through.
        self.globals = {(module, name) for module, _, name in (entry.rpartition(".") for entry in known)}
        self.stack: list[object] = []
        self.marks: list[int] = []
        self.memo: dict[int, object] = {}

    def run(self, data: bytes) -> object:
        """Execute a whole pickle and return its value."""
        for count, (position, name, argument) in enumerate(read_opcodes(data)):
            if count >= MAX_OPCODES:
                raise CheckpointError(f"a pickle of more than {MAX_OPCODES:,} opcodes")
            try:
                _ACTIONS[name](self, argument)
            except CheckpointError as error:
                raise CheckpointError(f"{error} (opcode {name} at byte {position:,})") from error
        if self.marks or len(self.stack) != 1:
            raise CheckpointError(f"the pickle ends with {len(self.stack)} values; expected one")
        return self.stack[0]

    def push(self, value: object) -> None:
        self.stack.append(value)

    def top(self) -> object:
        # A mark closes off what lies below it, as in Python's own unpickler.
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise CheckpointError("the pickle takes a value from an empty stack")
        return self.stack[-1]

    def pop(self) -> object:
        value = self.top()
        self.stack.pop()
        return value

    def pop_to_mark(self) -> list[object]:
        if not self.marks:
            raise CheckpointError("the pickle wants a mark, and there is none")
        start = self.marks.pop()
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def pop_some(self, count: int) -> list[object]:
        return [self.pop() for _ in range(count)][::-1]

    def mark(self) -> None:
        self.marks.append(len(self.stack))

    def put(self, index: int) -> None:
        if index >= MAX_OPCODES:
            raise CheckpointError(f"memo entry {index:,}; a pickle cannot have so many")
        self.memo[index] = self.top()

    def get(self, index: int) -> None:
        if index not in self.memo:
            raise CheckpointError(f"memo entry {index:,} was never stored")
        self.push(self.memo[index])

    def extend(self, items: list[object]) -> None:
        target = self.top()
        if not isinstance(target, list):
            raise CheckpointError(f"items for {describe(target)}; expected a list")
        target.extend(items)

    def update(self, items: list[object]) -> None:
        target = self.top()
        if not isinstance(target, dict) or len(items) % 2:
            raise CheckpointError(f"{len(items)} keys and values for {describe(target)}")
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, str | int | float | None):
                raise CheckpointError(f"{describe(key)} as a key; expected a text or a number")
            target[key] = value

    def find_global(self, module: object, name: object) -> None:
        if not isinstance(module, str) or not isinstance(name, str):
            raise CheckpointError(f"{describe(module)} and {describe(name)} as the name of a global")
        if len(module) + len(name) > MAX_NAME:  # each use of a long name would be a copy of it
            raise CheckpointError(f"a global whose name has {len(module) + len(name):,} characters")
        script_class = self.torchscript and module.partition(".")[0] == "__torch__"
        if not script_class and (module, name) not in self.globals:
            raise CheckpointError(
                f"it asks for {shorten(module + '.' + name)}, which no plain set of weights needs; that was "
                "neither imported nor run. If the file holds a whole model or other objects, save the "
                "weights alone in PyTorch: torch.save(model.state_dict(), path)"
            )
        self.push(Global(f"{module}.{name}"))

    def reduce(self) -> None:
        target, arguments = self.pop_some(2)
        call = self.calls.get(target.name) if isinstance(target, Global) else None
        if call is None or not isinstance(arguments, tuple):
            raise CheckpointError(f"a call of {describe(target)} with {describe(arguments)}; it was not run")
        self.push(call(arguments))

    def new_object(self) -> None:
        target, arguments = self.pop_some(2)
        if not isinstance(target, Global) or not target.name.startswith("__torch__.") or arguments != ():
            raise CheckpointError(f"an object of {describe(target)}; it was not made")
        self.push(Record(target.name))

    def build(self) -> None:
        state, target = self.pop(), self.top()
        if not isinstance(state, dict):
            raise CheckpointError(f"{describe(state)} as the state of {describe(target)}, not a dictionary")
        if isinstance(target, Record):
            target.fields = state  # not copied: thousands of records may name one state
        elif not isinstance(target, dict):  # the attributes of an OrderedDict (_metadata) are not needed
            raise CheckpointError(f"a state for {describe(target)}, which has none")


_Action = Callable[[_Machine, Any], None]
_ACTIONS: dict[str, _Action] = {
    **dict.fromkeys(("PROTO", "FRAME", "STOP"), lambda m, _: None),  # the reader has dealt with them
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"), _Machine.push),
    **dict.fromkeys(("BINUNICODE", "SHORT_BINUNICODE"), _Machine.push),
    "NONE": lambda m, _: m.push(None),
    "NEWTRUE": lambda m, _: m.push(True),
    "NEWFALSE": lambda m, _: m.push(False),
    "EMPTY_TUPLE": lambda m, _: m.push(()),
    "EMPTY_LIST": lambda m, _: m.push([]),
    "EMPTY_DICT": lambda m, _: m.push({}),
    "MARK": lambda m, _: m.mark(),
    "TUPLE": lambda m, _: m.push(tuple(m.pop_to_mark())),
    "TUPLE1": lambda m, _: m.push(tuple(m.pop_some(1))),
    "TUPLE2": lambda m, _: m.push(tuple(m.pop_some(2))),
    "TUPLE3": lambda m, _: m.push(tuple(m.pop_some(3))),
    "APPEND": lambda m, _: m.extend(m.pop_some(1)),
    "APPENDS": lambda m, _: m.extend(m.pop_to_mark()),
    "SETITEM": lambda m, _: m.update(m.pop_some(2)),
    "SETITEMS": lambda m, _: m.update(m.pop_to_mark()),
    **dict.fromkeys(("BINPUT", "LONG_BINPUT"), _Machine.put),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), _Machine.get),
    "MEMOIZE": lambda m, _: m.put(len(m.memo)),
    "GLOBAL": lambda m, pair: m.find_global(*pair),
    "STACK_GLOBAL": lambda m, _: m.find_global(*m.pop_some(2)),
    "BINPERSID": lambda m, _: m.push(storage_from_id(m.pop())),
    "REDUCE": lambda m, _: m.reduce(),
    "NEWOBJ": lambda m, _: m.new_object(),
    "BUILD": lambda m, _: m.build(),
}
